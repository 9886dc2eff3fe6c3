package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A SentencePiece {@code .model} file: a protocol buffer of pieces with scores and types, a few settings of the trainer and
 * of the normaliser (sentencepiece_model.proto; only the fields that encoding needs are read).
 */
final class SentencePieceModel {

    static final int NORMAL = 1;
    static final int CONTROL = 3;
    static final int USER_DEFINED = 4;
    static final int UNUSED = 5;

    private static final int UNIGRAM = 1;
    private static final int BPE = 2;

    private final String where;
    final List<String> pieces = new ArrayList<>();
    private double[] scores = new double[1 << 10];
    int[] types = new int[1 << 10];
    private int modelType = UNIGRAM;
    private boolean byteFallback;
    private boolean suffix;
    int unk = 0;
    int bos = 1;
    int eos = 2;
    int pad = -1;
    private byte @Nullable [] charsMap;
    private boolean addPrefix = true;
    private boolean removeExtra = true;
    private boolean escape = true;

    private SentencePieceModel(String where) {
        this.where = where;
    }

    static SentencePieceModel read(byte[] bytes, String where) {
        var model = new SentencePieceModel(where);
        try {
            model.readModel(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
        } catch (java.nio.BufferUnderflowException | IllegalArgumentException e) {
            throw model.damaged("a field runs past the end");
        }
        if (model.pieces.isEmpty()) throw model.damaged("it holds no pieces");
        if (model.unk < 0 || model.unk >= model.size()) {
            throw model.damaged("the unknown token " + model.unk + " is not among its " + model.size() + " pieces");
        }
        return model;
    }

    private JandaiaException damaged(String what) {
        return JandaiaException.format("Reading the SentencePiece model " + where + ": " + what
                + "; the file is damaged or of another format, fetch it again.");
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte b = in.get();
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) return value;
        }
        throw new IllegalArgumentException("a number of more than ten bytes");
    }

    /** The next length-delimited field's bytes; the buffer moves past them. */
    private static ByteBuffer part(ByteBuffer in) {
        long length = varint(in);
        if (length < 0 || length > in.remaining()) throw new IllegalArgumentException("a field past the end");
        ByteBuffer part = in.slice(in.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + (int) length);
        return part;
    }

    private static void skip(ByteBuffer in, int wire) {
        switch (wire) {
            case 0 -> varint(in);
            case 1 -> in.getLong();
            case 2 -> part(in);
            case 5 -> in.getInt();
            default -> throw new IllegalArgumentException("wire type " + wire);
        }
    }

    private static byte[] bytes(ByteBuffer part) {
        byte[] bytes = new byte[part.remaining()];
        part.get(bytes);
        return bytes;
    }

    private void readModel(ByteBuffer in) {
        while (in.hasRemaining()) {
            int tag = (int) varint(in);
            switch (tag) {
                case 1 << 3 | 2 -> readPiece(part(in));
                case 2 << 3 | 2 -> readTrainer(part(in));
                case 3 << 3 | 2 -> readNormalizer(part(in));
                default -> skip(in, tag & 7);
            }
        }
    }

    private void readPiece(ByteBuffer in) {
        int id = pieces.size();
        if (id == scores.length) {
            scores = Arrays.copyOf(scores, 2 * id);
            types = Arrays.copyOf(types, 2 * id);
        }
        String piece = "";
        types[id] = NORMAL;
        while (in.hasRemaining()) {
            int tag = (int) varint(in);
            switch (tag) {
                case 1 << 3 | 2 -> piece = new String(bytes(part(in)), StandardCharsets.UTF_8);
                case 2 << 3 | 5 -> scores[id] = in.getFloat();
                case 3 << 3 -> types[id] = (int) varint(in);
                default -> skip(in, tag & 7);
            }
        }
        pieces.add(piece);
    }

    private void readTrainer(ByteBuffer in) {
        while (in.hasRemaining()) {
            int tag = (int) varint(in);
            switch (tag) {
                case 3 << 3 -> modelType = (int) varint(in);
                case 24 << 3 -> suffix = varint(in) != 0;
                case 35 << 3 -> byteFallback = varint(in) != 0;
                case 40 << 3 -> unk = (int) varint(in);
                case 41 << 3 -> bos = (int) varint(in);
                case 42 << 3 -> eos = (int) varint(in);
                case 43 << 3 -> pad = (int) varint(in);
                default -> skip(in, tag & 7);
            }
        }
    }

    private void readNormalizer(ByteBuffer in) {
        while (in.hasRemaining()) {
            int tag = (int) varint(in);
            switch (tag) {
                case 2 << 3 | 2 -> charsMap = bytes(part(in));
                case 3 << 3 -> addPrefix = varint(in) != 0;
                case 4 << 3 -> removeExtra = varint(in) != 0;
                case 5 << 3 -> escape = varint(in) != 0;
                default -> skip(in, tag & 7);
            }
        }
    }

    boolean isBpe() {
        return modelType == BPE;
    }

    int size() {
        return pieces.size();
    }

    Vocabulary vocabulary() {
        return Vocabulary.of(pieces.toArray(String[]::new));
    }

    Model model() {
        Vocabulary vocabulary = vocabulary();
        return switch (modelType) {
            case BPE -> {
                MergeTable merges =
                        ScoredMerges.table(vocabulary, scores, id -> types[id] == NORMAL || types[id] == UNUSED);
                var options = new Bpe.Options(unk, true, byteFallback, "", "", Bpe.Whole.NONE);
                yield new Bpe(vocabulary, merges, options, false, frozen());
            }
            case UNIGRAM -> {
                double[] used = Arrays.copyOf(scores, size());
                boolean[] usable = new boolean[size()];
                double most = Double.NEGATIVE_INFINITY;
                for (int id = 0; id < size(); id++) if (types[id] == NORMAL) most = Math.max(most, scores[id]);
                for (int id = 0; id < size(); id++) {
                    usable[id] = types[id] == NORMAL || types[id] == USER_DEFINED;
                    // As published: long symbols of the user always win.
                    if (types[id] == USER_DEFINED) {
                        String piece = pieces.get(id);
                        used[id] = (float) (Utf8.length(piece, 0, piece.length()) * most - 0.1);
                    }
                }
                yield new Unigram(vocabulary, used, usable, unk, byteFallback, true);
            }
            default ->
                throw JandaiaException.unsupported("Reading the SentencePiece model " + where + ": model type "
                        + modelType + " is not supported; known are 1 (unigram) and 2 (BPE).");
        };
    }

    /** Symbols of the user: found in the text before the model and never merged; null if there are none. */
    private @Nullable Trie frozen() {
        Trie trie = null;
        for (int id = 0; id < size(); id++) {
            if (types[id] != USER_DEFINED || pieces.get(id).isEmpty()) continue;
            if (trie == null) trie = new Trie(64);
            trie.put(pieces.get(id), id);
        }
        return trie;
    }

    TextNormalizer normalizer() {
        byte[] map = charsMap;
        if (!escape) {
            throw JandaiaException.unsupported(
                    "Reading the SentencePiece model " + where + ": spaces kept as they are, which is not supported.");
        }
        return new SentencePieceNormalizer(
                map == null || map.length == 0 ? null : CharsMap.read(map, where),
                frozen(),
                addPrefix,
                removeExtra,
                suffix);
    }

    /**
     * Of texts by whose pieces another vocabulary goes.
     *
     * @param special tokens of that vocabulary that stand for themselves
     */
    Decoder marianDecoder(Set<String> special) {
        Set<String> known = new HashSet<>();
        Set<String> controls = new HashSet<>();
        for (int id = 0; id < size(); id++) (types[id] == CONTROL ? controls : known).add(pieces.get(id));
        return new Decoder.Chain(List.of(
                new Decoder.ByteFallback(),
                new MarianDecoder(special, known, controls, addPrefix || removeExtra, removeExtra)));
    }

    Decoder decoder() {
        String mark = String.valueOf(Metaspace.MARK);
        List<Decoder> steps = new ArrayList<>(List.of(
                new Decoder.Replace(SplitPattern.literal(mark), mark, " "),
                new Decoder.ByteFallback(),
                new Decoder.Fuse()));
        if (addPrefix && !suffix) steps.add(new Decoder.Strip(' ', 1, 0));
        return new Decoder.Chain(steps);
    }
}
