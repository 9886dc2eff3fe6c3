package io.jandaia.model.nn;

import io.jandaia.model.arch.TaskSpec;
import org.jspecify.annotations.Nullable;

/** The weights that make an encoder's task of hidden states; what the spec leaves out is null. */
public record TaskHead(TaskSpec spec, @Nullable Linear transform, Layer.@Nullable Norm norm, Linear output) {}
