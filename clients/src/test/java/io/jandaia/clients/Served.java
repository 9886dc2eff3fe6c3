package io.jandaia.clients;

import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.server.ApiServer;
import io.jandaia.server.Models;
import io.jandaia.server.ServeOptions;
import io.jandaia.server.identity.Access;
import io.jandaia.server.identity.Limits;
import io.jandaia.server.identity.Prices;
import io.jandaia.server.identity.Role;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A server with keys and three models, which share the weights of the starter: "plain", "tools", whose template shows
 * calls, and "thinks", whose template shows reasoning.
 */
final class Served implements AutoCloseable {

    private static final Path STARTER = Path.of("../models/starter");
    private static final Path TEMPLATES = Path.of("../server/src/test/resources/templates");

    private final List<Model> opened = new ArrayList<>();
    private final Access access;
    private final ApiServer server;
    private final String key;

    Served(Path folder) {
        Map<String, Supplier<Model>> sources = new TreeMap<>();
        for (String name : List.of("plain", "tools", "thinks")) {
            LoadOptions options = name.equals("plain")
                    ? LoadOptions.DEFAULT
                    : LoadOptions.DEFAULT.template(
                            TEMPLATES.resolve(name + ".jinja").toString());
            Model model = Model.open(STARTER, options);
            opened.add(model);
            sources.put(name, () -> model);
        }
        access = Access.open(folder.resolve("jandaia.db").toString(), Prices.NONE, Clock.systemUTC(), said -> {});
        key = access.identities()
                .createKey("clients", null, Role.USER, Set.of(), Limits.NONE, 0, null, "test")
                .secret();
        Models models = new Models(sources, Map.of("gpt-4o", "plain"));
        models.open();
        server = ApiServer.start(
                ServeOptions.DEFAULT.address("127.0.0.1", 0), models, access, record -> {}, warning -> {});
    }

    /** Where it listens: {@code http://127.0.0.1:PORT}. */
    String url() {
        return server.uri().toString();
    }

    String key() {
        return key;
    }

    @Override
    public void close() {
        server.close();
        access.close();
        opened.forEach(Model::close);
    }
}
