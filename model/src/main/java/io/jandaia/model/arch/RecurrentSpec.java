package io.jandaia.model.arch;

/** A mixer that remembers a sequence in a state of fixed size. */
public sealed interface RecurrentSpec extends MixerSpec permits DeltaNetSpec, MambaSpec, ShortConvolutionSpec {

    /** Numbers in the state of one sequence. */
    int stateFloats();
}
