package io.jandaia.model.engine;

/** What became of the beginning of a prompt. */
public enum Prefix {
    /** Some of its tokens were known and not computed again. */
    REUSED("reused"),
    /** Nothing that was computed before begins like it, or it was forgotten for others. */
    UNKNOWN("nothing_alike_is_known"),
    /**
     * What begins like it was computed further on, to a state that cannot go back: one of recurrent layers, or of windows that
     * have dropped what would be seen again.
     */
    PASSED("state_cannot_go_back"),
    /** The request, or the server, wanted nothing reused. */
    OFF("switched_off"),
    /** The model's rotary positions follow the length of the prompt. */
    POSITIONS("positions_follow_the_length"),
    /** The model reads a source, or the answer is searched for with beams. */
    NOT_KEPT("not_kept_for_this_kind_of_request");

    private final String text;

    Prefix(String text) {
        this.text = text;
    }

    /** For programs, in snake case. */
    public String text() {
        return text;
    }
}
