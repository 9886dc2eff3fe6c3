/** Who calls: users, keys and what they may do, and what they have used. */
@NullMarked
package io.jandaia.server.identity;

import org.jspecify.annotations.NullMarked;
