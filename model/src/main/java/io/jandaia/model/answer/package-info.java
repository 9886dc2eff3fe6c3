/**
 * What a model's answers are made of: reasoning, text and calls of tools. How they are written is learned from the model's
 * chat template.
 */
@NullMarked
package io.jandaia.model.answer;

import org.jspecify.annotations.NullMarked;
