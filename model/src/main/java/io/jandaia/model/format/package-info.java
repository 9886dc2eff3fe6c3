/**
 * What lies on disk: GGUF, safetensors and PyTorch files as mapped tensors, Hub folders, configuration. Start at
 * {@link io.jandaia.model.format.ModelFile} for one file and at {@link io.jandaia.model.format.ModelFolder} for a folder.
 * May depend on stored tensors, element types and Jackson; knows no tokenizer, no architecture and no engine.
 */
@NullMarked
package io.jandaia.model.format;

import org.jspecify.annotations.NullMarked;
