package io.jandaia.model.answer;

import io.jandaia.model.answer.CallFormat.Arguments;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Arguments one by one: each is passed on when it is complete. */
final class TaggedArgumentsReader implements ArgumentsReader {

    private final Arguments.Tagged format;
    private final JsonNode properties;
    private int count;

    TaggedArgumentsReader(Arguments.Tagged format, Tool tool) {
        this.format = format;
        this.properties = tool.parameters().path("properties");
    }

    @Override
    public int begins(String text, boolean finished) {
        String none = format.none();
        if (text.startsWith(format.first()) || (none != null && text.startsWith(none))) {
            return 1;
        }
        boolean open = format.first().startsWith(text) || (none != null && none.startsWith(text));
        return open && !finished ? 0 : -1;
    }

    @Override
    public @Nullable String idBefore(CharSequence text) {
        return null;
    }

    @Override
    public boolean read(StringBuilder text, StringBuilder json, boolean finished) {
        while (true) {
            String before = count == 0 ? format.first() : format.next();
            String none = format.none();
            String now = text.toString();
            if (!now.startsWith(before)) {
                if (before.startsWith(now) && !finished) {
                    return false;
                }
                if (count == 0 && none != null && now.startsWith(none)) {
                    text.delete(0, none.length());
                }
                json.append(count == 0 ? "{}" : "}");
                return true;
            }
            if (count == 0 && none != null && none.startsWith(now) && !finished) {
                return false; // both could come
            }
            int taken = argument(now.substring(before.length()), json);
            if (taken < 0) {
                if (finished) {
                    json.append(count == 0 ? "{}" : "}");
                    text.setLength(0);
                }
                return finished;
            }
            text.delete(0, before.length() + taken);
            count++;
        }
    }

    /** Key and value; the characters that they take, -1 when more is needed. */
    private int argument(String text, StringBuilder json) {
        String key = null;
        boolean isText = false;
        int at = Integer.MAX_VALUE;
        for (boolean asText : new boolean[] {true, false}) {
            String open = asText ? format.textOpen() : format.otherOpen();
            int found = text.indexOf(open);
            if (found >= 0
                    && (found < at
                            || (found == at && open.length() > format.textOpen().length()))) {
                at = found;
                key = text.substring(0, found);
                isText = asText;
            }
        }
        if (key == null) {
            return -1;
        }
        if (format.textOpen().equals(format.otherOpen())) {
            isText = properties.path(key).path("type").asString("").equals("string");
        } else if (text.startsWith(format.textOpen(), at)
                && format.textOpen().length() > format.otherOpen().length()) {
            isText = true;
        }
        int from = at + (isText ? format.textOpen() : format.otherOpen()).length();
        String end = isText ? format.textEnd() : format.otherEnd();
        int to;
        if (end.isEmpty()) { // a JSON value ends where what comes next begins
            to = plainEnd(text, from);
        } else {
            to = text.indexOf(end, from);
        }
        if (to < 0) {
            return -1;
        }
        String value = text.substring(from, to);
        json.append(count == 0 ? "{" : ", ")
                .append(JsonMapper.shared().writeValueAsString(key.strip()))
                .append(": ")
                .append(isText ? JsonMapper.shared().writeValueAsString(value) : AnswerParser.value(value));
        return to + end.length();
    }

    private static int plainEnd(String text, int from) {
        int depth = 0;
        boolean string = false;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (string) {
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    string = false;
                }
            } else if (c == '"') {
                string = true;
            } else if (c == '{' || c == '[') {
                depth++;
            } else if (c == '}' || c == ']') {
                if (depth == 0) {
                    return i;
                }
                depth--;
            } else if (c == ',' && depth == 0) {
                return i;
            }
        }
        return -1;
    }
}
