package io.jandaia.tensor.kernel.paged;

import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.KvType;
import io.jandaia.tensor.kernel.QueryRows;
import io.jandaia.tensor.kernel.asm.MachineCode;
import io.jandaia.tensor.kernel.floats.RoundCode;
import io.jandaia.tensor.kernel.rows.FloatConstants;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Attention of the queries of a tile by machine code: each page is decoded once, then met by all queries, 8 at a time.
 * Addresses are not checked here: callers have checked their memory. Routines are written when they are first needed.
 */
public final class TileAttention {

    private static final int PAGE = KvShape.PAGE;

    @SuppressWarnings("restricted") // callers have checked the addresses
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private static final long ROOM_AT = (TileArguments.BYTES + 63) / 64 * 64;
    private static final long PAGE_AT = ROOM_AT + TileCode.ROOM_BYTES;

    /** The routines of one shape in one format. */
    private record Routines(
            TileFormat format,
            @Nullable MachineCode keys,
            @Nullable MachineCode values,
            @Nullable MachineCode[] blocks) {}

    /** Of all instances: they are the same, and one test of each is enough. */
    private static final ConcurrentHashMap<TileFormat, Routines> ROUTINES = new ConcurrentHashMap<>();

    private final String kernels;

    /** Whether there is machine code for a shape: its values must be whole vectors. */
    public static boolean fits(KvShape shape) {
        return shape.valueDim() % 16 == 0;
    }

    public static long scratchBytes(KvShape shape, int queries) {
        return stateAt(shape) + queries * (TileCode.STATE_BYTES + shape.keyDim() * 4L);
    }

    private static long stateAt(KvShape shape) {
        return PAGE_AT + (shape.type() == KvType.F32 ? 0 : PAGE * 4L * (shape.keyDim() + shape.valueDim()));
    }

    /** @param kernels what messages call the kernel set */
    public TileAttention(String kernels) {
        this.kernels = kernels;
    }

    /** The routines of a format, which are tested before they are first used; UNSUPPORTED when this processor fails. */
    private Routines routines(TileFormat format) {
        Routines found = ROUTINES.get(format);
        return found != null ? found : tested(format);
    }

    private Routines tested(TileFormat format) {
        synchronized (ROUTINES) {
            Routines found = ROUTINES.get(format);
            if (found == null) {
                Routines fresh = write(format);
                KnownAttention.check(
                        (kvHead, pages, rows, scale, queries, results, scratch) ->
                                new Call(fresh, kvHead, pages, rows, queries, results, scratch).run(scale),
                        format,
                        kernels);
                ROUTINES.put(format, fresh);
                found = fresh;
            }
            return found;
        }
    }

    private static Routines write(TileFormat format) {
        KvShape shape = format.shape();
        MachineCode[] blocks = new MachineCode[TileCode.QUERIES + 1];
        if (format.pairs()) {
            return new Routines(
                    format,
                    MachineCode.of(PairPageCode.keys(shape.type(), shape.keyDim())),
                    MachineCode.of(PairPageCode.values(shape.type(), shape.valueDim())),
                    blocks);
        }
        return shape.type() == KvType.F32
                ? new Routines(format, null, null, blocks)
                : new Routines(
                        format,
                        MachineCode.of(PageCode.keys(shape.type(), shape.keyDim())),
                        MachineCode.of(PageCode.values(shape.type(), shape.valueDim())),
                        blocks);
    }

    private static MachineCode block(Routines of, int queries) {
        MachineCode code = of.blocks[queries];
        if (code == null) {
            synchronized (of.blocks) {
                code = of.blocks[queries];
                if (code == null) {
                    code = MachineCode.of(TileCode.of(of.format, queries));
                    of.blocks[queries] = code;
                }
            }
        }
        return code;
    }

    /**
     * Computes partial results without biases and caps.
     *
     * @param numerics FAST: in pairs of BF16 where {@link TileFormat} says so
     * @param pages address of the layer's share of the page that position {@code p * PAGE} is in
     * @param queries address of the first row's queries
     * @param results address of the partial results, {@code [rows, heads]}, whose values are 0
     * @param scratch {@link #scratchBytes} of this worker's own
     */
    public void add(
            KvShape shape,
            Numerics numerics,
            int kvHead,
            IntToLongFunction pages,
            QueryRows rows,
            float scale,
            long queries,
            long results,
            MemorySegment scratch) {
        Routines routines = routines(TileFormat.of(shape, numerics));
        new Call(routines, kvHead, pages, rows, queries, results, scratch).run(scale);
    }

    /** One tile on one thread. */
    private static final class Call {
        private final TileFormat format;
        private final KvShape shape;
        private final int kvHead;
        private final IntToLongFunction pages;
        private final QueryRows rows;
        private final long results;
        private final MemorySegment scratch;
        private final Routines routines;
        private final long state;
        private final long queries;

        Call(
                Routines routines,
                int kvHead,
                IntToLongFunction pages,
                QueryRows rows,
                long queries,
                long results,
                MemorySegment scratch) {
            this.format = routines.format;
            this.shape = format.shape();
            this.kvHead = kvHead;
            this.pages = pages;
            this.rows = rows;
            this.results = results;
            this.scratch = scratch;
            this.routines = routines;
            long stateAt = stateAt(shape);
            int count = rows.rows() * rows.heads();
            this.state = scratch.address() + stateAt;
            long stateBytes = (long) count * TileCode.STATE_BYTES;
            scratch.asSlice(stateAt, stateBytes).fill((byte) 0);
            for (int i = 0; i < count; i++) {
                ALL.set(FLOAT, state + (long) i * TileCode.STATE_BYTES + TileCode.MAXIMUM_AT, Float.NEGATIVE_INFINITY);
            }
            long rowBytes = (long) rows.heads() * shape.keyDim() * 4;
            if (format.pairs()) {
                this.queries = state + stateBytes;
                round(queries, rowBytes);
                return;
            }
            if (rows.rows() == 1 || rows.stride() == rowBytes) {
                this.queries = queries;
                return;
            }
            this.queries = state + stateBytes;
            for (int r = 0; r < rows.rows(); r++) {
                MemorySegment.copy(ALL, queries + r * rows.stride(), ALL, this.queries + r * rowBytes, rowBytes);
            }
        }

        private void round(long from, long rowBytes) {
            for (int r = 0; r < rows.rows(); r++) {
                long to = queries + r * rowBytes / 2;
                RoundCode.round(from + r * rows.stride(), to, rowBytes / 4 / RoundCode.LINE, 64);
            }
        }

        void run(float scale) {
            long base = scratch.address();
            TileArguments.ROOM.set(scratch, base + ROOM_AT);
            TileArguments.CONSTANTS.set(scratch, FloatConstants.address());
            TileArguments.SCALE.set(scratch, Float.floatToRawIntBits(scale));
            int end = rows.end();
            long order = PairPageCode.order();
            for (int first = rows.first() / PAGE * PAGE; first < end; first += PAGE) {
                long page = pages.applyAsLong(first / PAGE);
                long keys = page + shape.keysAt(kvHead);
                long values = page + shape.valuesAt(kvHead);
                if (routines.keys != null && routines.values != null) {
                    // The last page of a tile is followed by none that is known: its own are at hand.
                    long next = first + PAGE < end ? pages.applyAsLong(first / PAGE + 1) : page;
                    long decoded = base + PAGE_AT;
                    long keyScales = keys + shape.scalesAt(shape.keyDim());
                    long valueScales = values + shape.scalesAt(shape.valueDim());
                    routines.keys.call(keys, decoded, next + shape.keysAt(kvHead), keyScales, order, 0);
                    keys = decoded;
                    decoded += format.decodedKeyBytes();
                    routines.values.call(values, decoded, next + shape.valuesAt(kvHead), valueScales, order, 0);
                    values = decoded;
                }
                TileArguments.KEYS.set(scratch, keys);
                page(first, values);
            }
            finish();
        }

        /** Rows that see the same of a page meet it together. */
        private void page(int first, long values) {
            int row = 0;
            while (row < rows.rows()) {
                int from = Math.max(rows.from()[row], first);
                int to = Math.min(rows.to()[row], first + PAGE);
                int last = row + 1;
                while (last < rows.rows()
                        && Math.max(rows.from()[last], first) == from
                        && Math.min(rows.to()[last], first + PAGE) == to) {
                    last++;
                }
                if (from < to) {
                    seen(from - first, to - first, values);
                    queries(row * rows.heads(), last * rows.heads());
                }
                row = last;
            }
        }

        private void seen(int from, int to, long values) {
            long hidden = ~((1L << to) - (1L << from)) & 0xFFFFFFFFL;
            int first = format.pairs() ? from / 2 : from;
            TileArguments.VALUES.set(scratch, values + first * 4L * shape.valueDim());
            TileArguments.WEIGHT.set(scratch, scratch.address() + ROOM_AT + TileCode.WEIGHTS_AT + first * 4L);
            TileArguments.POSITIONS.set(scratch, format.pairs() ? to / 2 - (from + 1) / 2 : to - from);
            TileArguments.HEAD.set(scratch, from % 2);
            TileArguments.TAIL.set(scratch, to % 2);
            TileArguments.HIDDEN.set(scratch, hidden);
            TileArguments.HIDDEN_LOW.set(scratch, hidden & 0xFFFF);
            TileArguments.HIDDEN_HIGH.set(scratch, hidden >>> 16);
        }

        private void queries(int from, int to) {
            int whole = (to - from) / TileCode.QUERIES;
            if (whole > 0) {
                blocks(from, whole, TileCode.QUERIES);
            }
            int done = from + whole * TileCode.QUERIES;
            if (done < to) {
                blocks(done, 1, to - done);
            }
        }

        private void blocks(int first, int blocks, int width) {
            TileArguments.QUERIES.set(scratch, queries + (long) first * format.queryBytes());
            TileArguments.RESULTS.set(scratch, results + first * shape.partialBytes() + KvShape.PARTIAL_VALUES_AT);
            TileArguments.STATE.set(scratch, state + (long) first * TileCode.STATE_BYTES);
            TileArguments.BLOCKS.set(scratch, blocks);
            block(routines, width).call(scratch.address(), 0, 0, 0, 0, 0);
        }

        /** Maxima, and sums of lanes by halves. */
        private void finish() {
            for (int i = 0; i < rows.rows() * rows.heads(); i++) {
                long from = state + (long) i * TileCode.STATE_BYTES;
                long to = results + i * shape.partialBytes();
                ALL.set(FLOAT, to, ALL.get(FLOAT, from + TileCode.MAXIMUM_AT));
                float a = pair(from, 0);
                float b = pair(from, 1);
                float c = pair(from, 2);
                float d = pair(from, 3);
                float e = pair(from, 4);
                float f = pair(from, 5);
                float g = pair(from, 6);
                float h = pair(from, 7);
                ALL.set(FLOAT, to + 4, ((a + e) + (c + g)) + ((b + f) + (d + h)));
            }
        }

        private static float pair(long at, int lane) {
            return ALL.get(FLOAT, at + lane * 4L) + ALL.get(FLOAT, at + lane * 4L + 32);
        }
    }
}
