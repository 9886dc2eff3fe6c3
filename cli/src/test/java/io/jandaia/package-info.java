/** Tests about Jandaia as a whole. Start at {@link io.jandaia.ArchitectureTest}. They may depend on every module. */
@NullMarked
package io.jandaia;

import org.jspecify.annotations.NullMarked;
