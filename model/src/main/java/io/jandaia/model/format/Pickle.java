package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads Python pickles of protocols 2 to 5 as data. A pickle is a program for a stack machine that can name and call
 * anything in Python; this machine knows only the operations that build plain values, and a name or a call means nothing
 * until {@link Names} gives it a meaning. No class is loaded and no code of the file is run.
 *
 * <p>Values are Long, BigInteger, Double, Boolean, String, byte[], {@link None}, {@link Tuple}, List, Map and what Names
 * makes. Each operation takes a constant time and shares what it refers to, so time and memory are bounded by the length
 * of the pickle, whatever it repeats; who walks through a value must remember that it may contain itself.
 */
final class Pickle {

    /** What the names in pickles of one kind mean. Null is for what has no meaning, and refuses the file. */
    interface Names {

        /** What {@code module.name} stands for. */
        @Nullable
        Object named(String module, String name);

        /** What calling {@code callable}, a value of {@link #named}, gives. */
        @Nullable
        Object call(Object callable, List<Object> arguments);

        /** What lies outside of the pickle under this identity. */
        @Nullable
        Object persistent(Object identity);

        /** Whether {@code value}, one of {@link #call}, may be given further state, which is dropped. */
        boolean takesState(Object value);
    }

    /** Python's None. */
    record None() {}

    /** A tuple; equal only to itself, so that comparing nested ones cannot take forever. */
    static final class Tuple {
        private final List<Object> items;

        private Tuple(List<Object> items) {
            this.items = items;
        }

        List<Object> items() {
            return items;
        }
    }

    private static final int MAX_OPERATIONS = 1 << 24;
    private static final int MAX_CONTAINERS = 1 << 21;
    private static final int MAX_STACK = 1 << 20;
    private static final int MAX_MEMO = 1 << 22;
    private static final int MAX_TEXT = 1 << 24;
    private static final int MAX_INTEGER = 64;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final Mapped file;
    private final long end;
    private final Names names;
    private final List<Object> stack = new ArrayList<>();
    private final Deque<Integer> marks = new ArrayDeque<>();
    private Object[] memo = new Object[64];
    private int remembered;
    private int containers;
    private long at;
    /** Where the operation in hand begins. */
    private long start;

    private Pickle(Mapped file, long begin, long end, Names names) {
        this.file = file;
        this.at = begin;
        this.end = end;
        this.names = names;
    }

    /** A value and the byte after its pickle. */
    record Read(Object value, long end) {}

    /** Reads the one pickle that begins at byte {@code begin} and lies before byte {@code end}. */
    static Read read(Mapped file, long begin, long end, Names names) {
        Pickle pickle = new Pickle(file, begin, end, names);
        Object value = pickle.run();
        return new Read(value, pickle.at);
    }

    private Object run() {
        for (int i = 0; i < MAX_OPERATIONS; i++) {
            start = at;
            int code = (int) unsigned(1);
            if (code == PickleCode.STOP) {
                Object value = pop();
                if (!stack.isEmpty()) {
                    throw damaged("ends with " + stack.size() + " values too many");
                }
                return value;
            }
            step(code);
        }
        throw limit(MAX_OPERATIONS, "operations");
    }

    private void step(int code) {
        switch (code) {
            case PickleCode.PROTO -> {
                long version = unsigned(1);
                if (version < 2 || version > 5) {
                    throw damaged("is of protocol " + version + ", expected 2 to 5");
                }
            }
            case PickleCode.FRAME -> {
                long length = file.data().get(LONG, take(8));
                if (length < 0 || length > end - at) {
                    throw damaged(
                            "announces " + Long.toUnsignedString(length) + " bytes, where " + (end - at) + " follow");
                }
            }
            case PickleCode.MARK -> {
                if (marks.size() >= MAX_STACK) {
                    throw limit(MAX_STACK, "marks");
                }
                marks.push(stack.size());
            }
            case PickleCode.POP -> {
                if (!marks.isEmpty() && marks.peek() == stack.size()) {
                    marks.pop();
                } else {
                    pop();
                }
            }
            case PickleCode.POP_MARK -> popMark();
            case PickleCode.DUP -> push(top());
            case PickleCode.NONE -> push(new None());
            case PickleCode.NEWTRUE -> push(true);
            case PickleCode.NEWFALSE -> push(false);
            case PickleCode.BININT -> push((long) file.data().get(INT, take(4)));
            case PickleCode.BININT1 -> push(unsigned(1));
            case PickleCode.BININT2 -> push(unsigned(2));
            case PickleCode.LONG1 -> push(integer(unsigned(1)));
            case PickleCode.LONG4 -> push(integer(unsigned(4)));
            case PickleCode.BINFLOAT -> push(file.data().get(DOUBLE, take(8)));
            case PickleCode.SHORT_BINSTRING, PickleCode.SHORT_BINUNICODE -> push(text(unsigned(1)));
            case PickleCode.BINSTRING, PickleCode.BINUNICODE -> push(text(unsigned(4)));
            case PickleCode.BINUNICODE8 -> push(text(unsigned(8)));
            case PickleCode.SHORT_BINBYTES -> push(bytes(unsigned(1)));
            case PickleCode.BINBYTES -> push(bytes(unsigned(4)));
            case PickleCode.BINBYTES8, PickleCode.BYTEARRAY8 -> push(bytes(unsigned(8)));
            case PickleCode.EMPTY_TUPLE -> push(tuple(List.of()));
            case PickleCode.TUPLE1 -> push(tuple(popLast(1)));
            case PickleCode.TUPLE2 -> push(tuple(popLast(2)));
            case PickleCode.TUPLE3 -> push(tuple(popLast(3)));
            case PickleCode.TUPLE, PickleCode.FROZENSET -> push(tuple(popMark()));
            case PickleCode.EMPTY_LIST, PickleCode.EMPTY_SET -> {
                countContainer();
                push(new ArrayList<>(0));
            }
            case PickleCode.EMPTY_DICT -> {
                countContainer();
                push(new LinkedHashMap<>());
            }
            case PickleCode.APPEND -> {
                Object item = pop();
                list().add(item);
            }
            case PickleCode.APPENDS, PickleCode.ADDITEMS -> {
                List<Object> items = popMark();
                list().addAll(items);
            }
            case PickleCode.SETITEM -> {
                Object value = pop();
                Object key = pop();
                put(key, value);
            }
            case PickleCode.SETITEMS -> {
                List<Object> items = popMark();
                if (items.size() % 2 != 0) {
                    throw damaged("has a key without a value");
                }
                for (int i = 0; i < items.size(); i += 2) {
                    put(items.get(i), items.get(i + 1));
                }
            }
            case PickleCode.BINGET -> push(recall(unsigned(1)));
            case PickleCode.LONG_BINGET -> push(recall(unsigned(4)));
            case PickleCode.BINPUT -> remember(unsigned(1));
            case PickleCode.LONG_BINPUT -> remember(unsigned(4));
            case PickleCode.MEMOIZE -> remember(remembered);
            case PickleCode.GLOBAL -> push(named(line(), line()));
            case PickleCode.STACK_GLOBAL -> {
                Object name = pop();
                Object module = pop();
                if (!(module instanceof String m && name instanceof String n)) {
                    throw damaged("names something by other than two strings");
                }
                push(named(m, n));
            }
            case PickleCode.BINPERSID -> {
                Object known = names.persistent(pop());
                if (known == null) {
                    throw refused(
                            "refers to something outside of the pickle in a form that no checkpoint of weights has");
                }
                push(known);
            }
            case PickleCode.REDUCE -> call();
            case PickleCode.BUILD -> {
                Object state = pop();
                Object target = top();
                // State beside a dictionary's entries, such as the versions of modules, which nobody needs.
                if (!(target instanceof Map && state instanceof Map) && !names.takesState(target)) {
                    throw refused("sets the state of an object, which may run code of its class");
                }
            }
            default -> throw unknown(code);
        }
    }

    private Object named(String module, String name) {
        Object value = names.named(module, name);
        if (value == null) {
            throw refused("asks for " + Text.quote(module + "." + name)
                    + ", which is none of the few names that weights need");
        }
        return value;
    }

    private void call() {
        if (!(pop() instanceof Tuple arguments)) {
            throw damaged("calls something without a tuple of arguments");
        }
        Object callable = pop();
        countContainer();
        Object result = names.call(callable, arguments.items());
        if (result == null) {
            throw refused(
                    "calls " + Text.quote(describe(callable)) + " with arguments that no checkpoint of weights has");
        }
        push(result);
    }

    /** A value for messages: never a container's contents, which may contain itself. */
    static String describe(Object value) {
        return switch (value) {
            case String s -> Text.visible(s, 80);
            case List<?> l -> "a list";
            case Map<?, ?> m -> "a dictionary";
            case Tuple t -> "a tuple";
            case byte[] b -> b.length + " bytes";
            case BigInteger i -> "a number of " + i.bitLength() + " bits";
            default -> Text.visible(value.toString(), 80);
        };
    }

    private JandaiaException unknown(int code) {
        String name = PickleCode.name(code);
        return name == null
                ? damaged("is 0x" + Integer.toHexString(code) + ", which is no operation of a pickle")
                : refused("is " + name + ", which weights do not need");
    }

    private void put(Object key, Object value) {
        if (key instanceof List || key instanceof Map) {
            throw damaged("has " + describe(key) + " as a key");
        }
        if (!(top() instanceof Map<?, ?> map)) {
            throw damaged("sets an entry of " + describe(top()) + ", expected a dictionary");
        }
        @SuppressWarnings("unchecked")
        Map<Object, Object> entries = (Map<Object, Object>) map;
        entries.put(key, value);
    }

    private List<Object> list() {
        if (!(top() instanceof List<?> list)) {
            throw damaged("appends to " + describe(top()) + ", expected a list");
        }
        @SuppressWarnings("unchecked")
        List<Object> items = (List<Object>) list;
        return items;
    }

    private Tuple tuple(List<Object> items) {
        countContainer();
        return new Tuple(items);
    }

    private void countContainer() {
        if (++containers > MAX_CONTAINERS) {
            throw limit(MAX_CONTAINERS, "tuples, lists and dictionaries");
        }
    }

    private void push(Object value) {
        if (stack.size() >= MAX_STACK) {
            throw limit(MAX_STACK, "values on its stack");
        }
        stack.add(value);
    }

    private int floor() {
        return marks.isEmpty() ? 0 : marks.peek();
    }

    private Object top() {
        if (stack.size() <= floor()) {
            throw damaged("needs a value where there is none");
        }
        return stack.getLast();
    }

    private Object pop() {
        Object value = top();
        stack.removeLast();
        return value;
    }

    private List<Object> popLast(int n) {
        if (stack.size() - floor() < n) {
            throw damaged("needs " + n + " values where there are " + (stack.size() - floor()));
        }
        return popFrom(stack.size() - n);
    }

    private List<Object> popMark() {
        if (marks.isEmpty()) {
            throw damaged("needs a mark where there is none");
        }
        return popFrom(marks.pop());
    }

    private List<Object> popFrom(int from) {
        List<Object> tail = stack.subList(from, stack.size());
        List<Object> items = Collections.unmodifiableList(Arrays.asList(tail.toArray()));
        tail.clear();
        return items;
    }

    private void remember(long index) {
        Object value = top();
        if (index >= MAX_MEMO) {
            throw limit(MAX_MEMO, "remembered values");
        }
        int i = (int) index;
        if (i >= memo.length) {
            memo = Arrays.copyOf(memo, Math.min(MAX_MEMO, Math.max(i + 1, 2 * memo.length)));
        }
        if (memo[i] == null) {
            remembered++;
        }
        memo[i] = value;
    }

    private Object recall(long index) {
        Object value = index < memo.length ? memo[(int) index] : null;
        if (value == null) {
            throw damaged("recalls value " + index + ", which was not remembered");
        }
        return value;
    }

    private Object integer(long length) {
        if (length > MAX_INTEGER) {
            throw limit(MAX_INTEGER, "bytes in a number");
        }
        byte[] bytes = bytes(length);
        for (int i = 0; i < bytes.length / 2; i++) {
            byte b = bytes[i];
            bytes[i] = bytes[bytes.length - 1 - i];
            bytes[bytes.length - 1 - i] = b;
        }
        BigInteger value = bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bytes);
        return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
    }

    private String text(long length) {
        byte[] bytes = bytes(length);
        String text = Text.decode(bytes, bytes.length);
        if (text == null) {
            throw damaged("has a text that is not UTF-8");
        }
        return text;
    }

    private byte[] bytes(long length) {
        if (length < 0 || length > end - at) {
            throw damaged("needs " + Long.toUnsignedString(length) + " bytes, where " + (end - at) + " follow");
        }
        if (length > MAX_TEXT) {
            throw limit(MAX_TEXT, "bytes in one value");
        }
        byte[] bytes = new byte[(int) length];
        MemorySegment.copy(file.data(), ValueLayout.JAVA_BYTE, take(length), bytes, 0, bytes.length);
        return bytes;
    }

    /** A line of text, as old operations have their names. */
    private String line() {
        long from = at;
        long most = Math.min(end, from + 1024);
        for (long i = from; i < most; i++) {
            if (file.data().get(ValueLayout.JAVA_BYTE, i) == '\n') {
                String text = new String(bytes(i - from), StandardCharsets.UTF_8);
                at = i + 1;
                return text;
            }
        }
        throw damaged("has a name without an end");
    }

    /** A number without sign; one of 8 bytes may come out negative. */
    private long unsigned(int length) {
        long offset = take(length);
        return switch (length) {
            case 1 -> file.data().get(ValueLayout.JAVA_BYTE, offset) & 0xFF;
            case 2 -> file.data().get(SHORT, offset) & 0xFFFF;
            case 4 -> file.data().get(INT, offset) & 0xFFFF_FFFFL;
            default -> file.data().get(LONG, offset);
        };
    }

    private long take(long length) {
        if (length > end - at) {
            throw damaged("needs " + length + " bytes, where " + (end - at) + " follow");
        }
        long offset = at;
        at += length;
        return offset;
    }

    private JandaiaException damaged(String problem) {
        return file.damaged("the pickle's operation", start, problem);
    }

    private JandaiaException limit(int limit, String what) {
        return JandaiaException.format("Cannot read " + file.path() + ": its pickle has more than " + limit + " " + what
                + " by byte " + start + ", which no checkpoint of weights has; the file is damaged or hostile.");
    }

    private JandaiaException refused(String problem) {
        return JandaiaException.unsupported("Cannot read " + file.path() + ": the pickle's operation at byte " + start
                + " " + problem + ". Nothing of it was run. If the file is from someone you trust, save its weights"
                + " alone, as safetensors or with torch.save(model.state_dict(), ...); if not, delete it.");
    }
}
