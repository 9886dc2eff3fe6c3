package io.jandaia.model.format;

import org.jspecify.annotations.Nullable;

/** The operations of Python's pickles that build plain values, and the names of those that are refused. */
final class PickleCode {

    static final int MARK = '(';
    static final int STOP = '.';
    static final int POP = '0';
    static final int POP_MARK = '1';
    static final int DUP = '2';
    static final int BINFLOAT = 'G';
    static final int BININT = 'J';
    static final int BININT1 = 'K';
    static final int BININT2 = 'M';
    static final int NONE = 'N';
    static final int BINPERSID = 'Q';
    static final int REDUCE = 'R';
    static final int BINSTRING = 'T';
    static final int SHORT_BINSTRING = 'U';
    static final int BINUNICODE = 'X';
    static final int EMPTY_LIST = ']';
    static final int APPEND = 'a';
    static final int BUILD = 'b';
    static final int GLOBAL = 'c';
    static final int APPENDS = 'e';
    static final int BINGET = 'h';
    static final int LONG_BINGET = 'j';
    static final int BINPUT = 'q';
    static final int LONG_BINPUT = 'r';
    static final int SETITEM = 's';
    static final int TUPLE = 't';
    static final int EMPTY_TUPLE = ')';
    static final int SETITEMS = 'u';
    static final int EMPTY_DICT = '}';
    static final int PROTO = 0x80;
    static final int TUPLE1 = 0x85;
    static final int TUPLE2 = 0x86;
    static final int TUPLE3 = 0x87;
    static final int NEWTRUE = 0x88;
    static final int NEWFALSE = 0x89;
    static final int LONG1 = 0x8a;
    static final int LONG4 = 0x8b;
    static final int BINBYTES = 'B';
    static final int SHORT_BINBYTES = 'C';
    static final int SHORT_BINUNICODE = 0x8c;
    static final int BINUNICODE8 = 0x8d;
    static final int BINBYTES8 = 0x8e;
    static final int EMPTY_SET = 0x8f;
    static final int ADDITEMS = 0x90;
    static final int FROZENSET = 0x91;
    static final int STACK_GLOBAL = 0x93;
    static final int MEMOIZE = 0x94;
    static final int FRAME = 0x95;
    static final int BYTEARRAY8 = 0x96;

    private PickleCode() {}

    /** The name of an operation that is not among these; null for what is none. */
    static @Nullable String name(int code) {
        return switch (code) {
            case 'i' -> "INST (make an object of a class)";
            case 'o' -> "OBJ (make an object of a class)";
            case 0x81 -> "NEWOBJ (make an object of a class)";
            case 0x92 -> "NEWOBJ_EX (make an object of a class)";
            case 0x82 -> "EXT1 (call what the reader has registered)";
            case 0x83 -> "EXT2 (call what the reader has registered)";
            case 0x84 -> "EXT4 (call what the reader has registered)";
            case 'P' -> "PERSID (refer to something outside by a text)";
            case 0x97 -> "NEXT_BUFFER (take a buffer from outside)";
            case 0x98 -> "READONLY_BUFFER (take a buffer from outside)";
            case 'I' -> "INT of protocol 0";
            case 'L' -> "LONG of protocol 0";
            case 'F' -> "FLOAT of protocol 0";
            case 'S' -> "STRING of protocol 0";
            case 'V' -> "UNICODE of protocol 0";
            case 'd' -> "DICT of protocol 0";
            case 'l' -> "LIST of protocol 0";
            case 'g' -> "GET of protocol 0";
            case 'p' -> "PUT of protocol 0";
            default -> null;
        };
    }
}
