/** What {@code jandaia bench} measures, the machine's limits beside it, and how both are shown. */
@NullMarked
package io.jandaia.cli.bench;

import org.jspecify.annotations.NullMarked;
