package io.jandaia.cli.chat;

import io.jandaia.cli.language.Texts;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.ModelStore;
import io.jandaia.model.chat.Message;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** Does what a line that begins with a slash asks for. */
final class Commands {

    static final List<String> SET = List.of("parameter", "system", "verbose", "quiet", "format");
    static final List<String> SHOW = List.of("info", "parameters", "system", "template", "messages");
    static final String RESET = "default";

    /** Names of Ollama for parameters that have another one here. */
    private static final Map<String, String> ELSEWHERE = Map.of("num-predict", "max-tokens");

    private final Session session;
    private final Screen screen;
    private final Texts texts;
    private final Predicate<String> agree;

    /** @param agree asks the user a question */
    Commands(Session session, Screen screen, Predicate<String> agree) {
        this.session = session;
        this.screen = screen;
        this.texts = screen.texts();
        this.agree = agree;
    }

    /** Does it; false when the chat is to end. */
    boolean run(String line) {
        String[] words = line.split("\\s+", 2);
        String rest = words.length > 1 ? words[1].strip() : "";
        Command command = Command.named(words[0].toLowerCase(Locale.ROOT))
                .orElseThrow(() -> texts.usage("chat.unknown", words[0]));
        switch (command) {
            case HELP -> help();
            case SET -> set(rest);
            case SHOW -> show(rest);
            case SYSTEM -> system(rest);
            case CLEAR -> {
                session.transcript(session.transcript().with(List.of()));
                screen.say("chat.cleared");
            }
            case UNDO -> {
                session.transcript(
                        session.transcript().beforeLastQuestion().orElseThrow(() -> texts.usage("chat.nothing")));
                screen.say("chat.undone", session.transcript().messages().size());
            }
            case RETRY -> session.retry();
            case SAVE -> save(rest);
            case LOAD -> load(rest);
            case BYE -> {
                return false;
            }
        }
        return true;
    }

    private void help() {
        StringBuilder text = new StringBuilder();
        for (Command c : Command.values()) {
            text.append(texts.get(c.key())).append('\n');
        }
        screen.print(text + "\n" + texts.get("chat.keys"));
    }

    private void set(String rest) {
        String[] words = rest.split("\\s+", 2);
        String value = words.length > 1 ? words[1].strip() : "";
        switch (words[0]) {
            case "parameter" -> parameter(value);
            case "system" -> system(value);
            case "verbose" -> {
                session.verbose(true);
                screen.say("chat.verbose");
            }
            case "quiet" -> {
                session.verbose(false);
                screen.say("chat.quiet");
            }
            case "format" -> throw JandaiaException.unsupported(texts.get("chat.format"));
            default -> throw texts.usage("chat.set", String.join(", ", SET));
        }
    }

    private void parameter(String rest) {
        String[] words = rest.split("\\s+", 2);
        String name = words[0].replace('_', '-');
        name = ELSEWHERE.getOrDefault(name, name);
        if (words.length < 2 || !session.parameters().names().contains(name)) {
            throw texts.usage(
                    "chat.parameter", String.join(", ", session.parameters().names()));
        }
        String value = Words.meant(words[1]);
        Map<String, List<String>> values =
                new LinkedHashMap<>(session.transcript().parameters());
        if (value.equals(RESET)) {
            values.remove(name);
        } else {
            values.put(name, List.of(value));
        }
        Transcript changed = session.transcript().withParameters(values);
        session.check(changed);
        session.transcript(changed);
        screen.say(value.equals(RESET) ? "chat.parameter.reset" : "chat.parameter.set", name, value);
    }

    private void system(String text) {
        session.transcript(session.transcript().withSystem(Words.meant(text)));
        screen.say(text.isEmpty() ? "chat.system.none" : "chat.system.set");
    }

    private void show(String what) {
        Transcript t = session.transcript();
        switch (what) {
            case "info", "" -> info();
            case "parameters" -> parameters();
            case "system" -> screen.print(t.system().isEmpty() ? texts.get("chat.system.none") : t.system());
            case "template" -> screen.print(session.partner().template().orElse(texts.get("show.none")));
            case "messages" -> {
                for (Message m : t.all()) {
                    screen.print(m.role() + ": " + m.content() + "\n");
                }
                screen.say("chat.messages", t.messages().size());
            }
            default -> throw texts.usage("chat.show", String.join(", ", SHOW));
        }
    }

    private void info() {
        fact("model", session.transcript().model());
        session.partner().facts().forEach(this::fact);
    }

    private void fact(String name, String value) {
        screen.print(String.format(Locale.ROOT, "%-20s %s", texts.get("show." + name, ""), value));
    }

    /** What is in effect: what was set, else the model's own. */
    private void parameters() {
        Map<String, List<String>> set = session.transcript().parameters();
        session.partner().sampling(session.parameters().options(set)).ifPresent(s -> {
            screen.print(texts.get("chat.effect", s));
            if (!set.containsKey("seed")) {
                screen.print(texts.get("chat.effect.seed"));
            }
        });
        set.forEach((name, values) -> screen.print("/set parameter " + name + " " + String.join(" ", values)));
    }

    private void save(String name) {
        Path path = path(name, "chat.save.name");
        if (Files.exists(path) && !agree.test(texts.get("chat.overwrite", path))) {
            screen.say("chat.save.not");
            return;
        }
        new TranscriptFile(path, texts).write(session.transcript());
        screen.say("chat.saved", session.transcript().messages().size(), path);
    }

    private void load(String name) {
        Path path = path(name, "chat.load.name");
        if (name.endsWith(".gguf") || !Files.isRegularFile(path)) {
            session.open(Files.exists(path) ? path.toString() : name);
            screen.say("chat.model", name);
            return;
        }
        Transcript loaded = new TranscriptFile(path, texts).read();
        String saved = loaded.model();
        String now = session.transcript().model();
        Transcript next = loaded.withModel(now);
        session.check(next);
        session.transcript(next);
        screen.say("chat.loaded", next.messages().size(), path);
        if (!saved.isEmpty() && !saved.equals(now)) {
            screen.say("chat.loaded.model", saved, now);
        }
    }

    private Path path(String name, String missing) {
        if (name.isEmpty()) {
            throw texts.usage(
                    missing, String.join(", ", ModelStore.local().list().keySet()));
        }
        try {
            return name.startsWith("~/")
                    ? Path.of(System.getProperty("user.home", "."), name.substring(2))
                    : Path.of(name);
        } catch (InvalidPathException e) {
            throw texts.usage("file.name", name);
        }
    }
}
