package io.jandaia.server;

import java.io.IOException;

/** Answers the requests to one path. */
@FunctionalInterface
public interface Endpoint {
    void answer(Exchange exchange) throws IOException;
}
