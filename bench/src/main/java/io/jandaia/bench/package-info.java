/**
 * Benchmarks, not published: {@code Peers} runs whole models beside other engines and prints the tables of docs/BENCHMARKS.md,
 * {@code KernelBench} kernels beside the peaks of their instructions; {@link io.jandaia.bench.GemmBenchmark} and
 * {@link io.jandaia.bench.AttentionBenchmark} time kernels with JMH, {@link io.jandaia.bench.TokenizerBench} encoding. May depend on everything.
 */
@NullMarked
package io.jandaia.bench;

import org.jspecify.annotations.NullMarked;
