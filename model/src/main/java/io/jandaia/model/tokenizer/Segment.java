package io.jandaia.model.tokenizer;

/**
 * A part of one text. The parts are encoded as if they were joined, except that a special token is recognised only where
 * all of its characters come from parts that are not the user's.
 *
 * @param text the characters of this part
 * @param user whether somebody outside wrote it
 */
public record Segment(String text, boolean user) {}
