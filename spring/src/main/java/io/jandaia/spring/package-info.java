/**
 * Models in process for Spring AI: {@link io.jandaia.spring.JandaiaChatModel} and
 * {@link io.jandaia.spring.JandaiaEmbeddingModel} around a {@link io.jandaia.model.Model}, and their beans in a Spring Boot
 * application that sets {@code jandaia.model}.
 */
@NullMarked
package io.jandaia.spring;

import org.jspecify.annotations.NullMarked;
