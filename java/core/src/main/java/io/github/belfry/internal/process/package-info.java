/** One process: its launch, its child, its end and its pipes, and the programs inside the jar. */
@NullMarked
package io.github.belfry.internal.process;

import org.jspecify.annotations.NullMarked;
