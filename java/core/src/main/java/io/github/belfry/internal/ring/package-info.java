/** One ring pair: its layout in shared memory, both ends of the master, doorbells and statistics. */
@NullMarked
package io.github.belfry.internal.ring;

import org.jspecify.annotations.NullMarked;
