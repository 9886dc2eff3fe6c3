/**
 * The API of Ollama as its clients speak it. Start at {@link io.jandaia.server.ollama.Ollama}. This package knows {@code
 * model} and the exchange of {@code server}, no Jetty.
 */
@NullMarked
package io.jandaia.server.ollama;

import org.jspecify.annotations.NullMarked;
