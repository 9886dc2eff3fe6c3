package io.jandaia.tensor.kernel.asm;

import java.util.ArrayList;
import java.util.List;

/** A place in the code that jumps go to; it may be used before it is placed. */
public final class Label {
    int position = -1;
    final List<Integer> jumps = new ArrayList<>();
}
