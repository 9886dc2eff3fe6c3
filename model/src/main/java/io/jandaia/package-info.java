/**
 * The front door for programs: {@link io.jandaia.Jandaia} opens models. What it returns lives in {@link io.jandaia.model}.
 */
@NullMarked
package io.jandaia;

import org.jspecify.annotations.NullMarked;
