/**
 * Models in process for LangChain4j: {@link io.jandaia.langchain4j.JandaiaChatModel},
 * {@link io.jandaia.langchain4j.JandaiaStreamingChatModel} and {@link io.jandaia.langchain4j.JandaiaEmbeddingModel} around
 * a {@link io.jandaia.model.Model}, which stays its owner's to close.
 */
@NullMarked
package io.jandaia.langchain4j;

import org.jspecify.annotations.NullMarked;
