/** The clients that programs use, unchanged, against the server. */
@NullMarked
package io.jandaia.clients;

import org.jspecify.annotations.NullMarked;
