/**
 * Benchmarks, not published: {@link io.jandaia.bench.Compare} runs whole models beside another engine and prints the table
 * of docs/BENCHMARKS.md; {@link io.jandaia.bench.GemmBenchmark} times kernels with JMH,
 * {@link io.jandaia.bench.TokenizerBench} encoding. May depend on everything.
 */
@NullMarked
package io.jandaia.bench;

import org.jspecify.annotations.NullMarked;
