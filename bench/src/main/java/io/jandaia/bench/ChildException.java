package io.jandaia.bench;

/** A program that did not end well, or gave nothing that could be read; the message is a sentence with the command. */
final class ChildException extends Exception {

    private static final long serialVersionUID = 1;

    private final String sentence;

    ChildException(String sentence) {
        super(sentence);
        this.sentence = sentence;
    }

    String sentence() {
        return sentence;
    }
}
