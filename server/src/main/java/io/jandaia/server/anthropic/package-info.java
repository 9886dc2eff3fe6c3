/**
 * The API of Anthropic as its clients speak it: messages and the count of their tokens. Start at {@link
 * io.jandaia.server.anthropic.Anthropic}. This package knows {@code model} and the exchange of {@code server}, no Jetty.
 */
@NullMarked
package io.jandaia.server.anthropic;

import org.jspecify.annotations.NullMarked;
