/**
 * The {@code jandaia} command: it reads what people type, calls the modules below and writes what people read. Start at
 * {@link io.jandaia.cli.Main}. It may depend on every module; only the benchmarks depend on it.
 */
@NullMarked
package io.jandaia.cli;

import org.jspecify.annotations.NullMarked;
