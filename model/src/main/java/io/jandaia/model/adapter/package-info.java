/**
 * Adapters: small trained changes of a model, as PEFT and llama.cpp store them. They are read and checked here, and fitted to
 * the linear maps of a base model by the names of its modules. Computing with them is {@code nn}'s.
 */
@NullMarked
package io.jandaia.model.adapter;

import org.jspecify.annotations.NullMarked;
