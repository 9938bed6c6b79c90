/** The pool: its slots, the incarnations of their workers, dispatch, replies, recovery and deadlines. */
@NullMarked
package io.github.belfry.internal.pool;

import org.jspecify.annotations.NullMarked;
