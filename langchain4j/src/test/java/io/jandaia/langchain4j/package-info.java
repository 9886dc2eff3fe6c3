@NullMarked
package io.jandaia.langchain4j;

import org.jspecify.annotations.NullMarked;
