package io.jandaia.model.answer;

/** A piece of an answer as it comes. */
public sealed interface AnswerPart {

    /** Of what the model says to itself before it answers. */
    record Reasoning(String text) implements AnswerPart {}

    /** Of the answer's text. */
    record Content(String text) implements AnswerPart {}

    /**
     * A call begins.
     *
     * @param call its number in the answer, from 0
     * @param id the model's own, or a new one
     */
    record CallStart(int call, String id, String name) implements AnswerPart {}

    /**
     * More of a call's arguments.
     *
     * @param json a piece of the JSON object that all of them make
     */
    record CallArguments(int call, String json) implements AnswerPart {}
}
