/**
 * Models for programs, over HTTP: the API of OpenAI and what belongs to a server that many share. Start at {@link
 * io.jandaia.server.ApiServer}; a room of its own holds each API ({@code openai}). This module knows {@code model} and
 * Jetty; nothing but the command line knows it.
 */
@NullMarked
package io.jandaia.server;

import org.jspecify.annotations.NullMarked;
