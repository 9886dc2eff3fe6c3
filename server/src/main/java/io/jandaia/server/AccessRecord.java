package io.jandaia.server;

import java.time.Instant;
import tools.jackson.databind.json.JsonMapper;

/**
 * One answered request, for the access log. It never has the text of anybody.
 *
 * @param status of HTTP; 499 when the client left
 * @param seconds from its arrival to the last byte
 * @param key the name of the key that was shown; empty for none
 */
public record AccessRecord(
        String id, String method, String path, int status, double seconds, String client, String key) {

    /** As one line of JSON. */
    public String json() {
        return JsonMapper.shared()
                .createObjectNode()
                .put("time", Instant.now().toString())
                .put("id", id)
                .put("client", client)
                .put("key", key)
                .put("method", method)
                .put("path", path.length() > 200 ? path.substring(0, 200) : path)
                .put("status", status)
                .put("ms", Math.round(seconds * 1e3))
                .toString();
    }
}
