@NullMarked
package io.jandaia.spring;

import org.jspecify.annotations.NullMarked;
