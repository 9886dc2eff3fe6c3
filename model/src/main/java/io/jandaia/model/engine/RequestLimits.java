package io.jandaia.model.engine;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.EncoderSpec;
import io.jandaia.model.state.PagePool;
import org.jspecify.annotations.Nullable;

/**
 * What a model can take at all: a request beyond it is refused before it waits.
 *
 * @param vocabulary token ids there are
 * @param encoder of an encoder-decoder, else null
 * @param sources the pool of its sources' keys and values, else null
 */
record RequestLimits(
        int vocabulary,
        PagePool pool,
        @Nullable EncoderSpec encoder,
        @Nullable PagePool sources) {

    /** @throws JandaiaException USAGE or RESOURCE when a text that is to be read cannot be, or has no reader */
    void checkSource(int @Nullable [] source) {
        if (encoder == null || sources == null || source == null) {
            if (encoder != null || source != null) {
                throw JandaiaException.usage("Encoder-decoders answer a source, and only they do.");
            }
            return;
        }
        if (source.length == 0) {
            throw JandaiaException.usage("The text has no tokens; expected at least one.");
        }
        if (source.length > encoder.contextLength()) {
            throw JandaiaException.usage("The text has " + source.length + " tokens; the model reads at most "
                    + encoder.contextLength() + ". Shorten it by at least "
                    + (source.length - encoder.contextLength()) + " tokens.");
        }
        checkIds(source, encoder.vocabulary());
        long bytes = sources.layout().bytes(source.length);
        if (bytes > sources.limit()) {
            throw JandaiaException.resource("The text's " + source.length + " tokens need " + bytes
                    + " bytes of keys and values; the limit is " + sources.limit() + ".");
        }
    }

    private static void checkIds(int[] ids, int vocabulary) {
        for (int id : ids) {
            if (id < 0 || id >= vocabulary) {
                throw JandaiaException.usage("The prompt has token id " + id + "; the model's vocabulary has ids 0 to "
                        + (vocabulary - 1) + ".");
            }
        }
    }

    /**
     * @param most tokens
     * @param limit what has so many, for the message
     * @throws JandaiaException USAGE or RESOURCE
     */
    void check(int[] ids, int most, String limit) {
        if (ids.length == 0) {
            throw JandaiaException.usage("The prompt has no tokens; expected at least one.");
        }
        if (ids.length > most) {
            throw JandaiaException.usage("The prompt has " + ids.length + " tokens; the model has " + limit
                    + ". Shorten the prompt by at least " + (ids.length - most) + " tokens.");
        }
        checkIds(ids, vocabulary);
        if (pool.layout().bytes(ids.length + 1) > pool.limit()) {
            throw JandaiaException.resource("The prompt's " + ids.length + " tokens need "
                    + pool.layout().bytes(ids.length + 1) + " bytes of keys and values; the limit is " + pool.limit()
                    + ".");
        }
    }
}
