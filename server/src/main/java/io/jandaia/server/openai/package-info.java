/**
 * The API of OpenAI as its clients speak it, and the endpoints that other servers added to it. Start at {@link
 * io.jandaia.server.openai.ChatCompletions}. This package knows {@code model} and the exchange of {@code server}, no Jetty.
 */
@NullMarked
package io.jandaia.server.openai;

import org.jspecify.annotations.NullMarked;
