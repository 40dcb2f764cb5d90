package io.sluice.kafka.naming;

/** The platform's limits of naming policies ({@code libs/naming/naming.limits.ts}): the same here, or the two would judge differently. */
final class NamingLimits {
    static final int TOPIC_NAME_LENGTH_MAX = 248;
    static final int TEMPLATE_PARTS_MAX = 10;
    static final int PART_NAME_LENGTH_MAX = 32;
    static final int VALUES_PER_PART_MAX = 500;
    static final int EXEMPTIONS_MAX = 200;
    static final int PATTERN_LENGTH_MAX = 256;
    static final int PATTERN_POSITIONS_MAX = 256;
    static final int POLICY_POSITIONS_MAX = 1_024;
    static final int PATTERN_DEPTH_MAX = 16;
    static final int NEAREST_STEPS_MAX = 20_000;
    static final int PROPOSAL_STEPS_MAX = 100_000;
    static final int NEAREST_TEXT_LENGTH_MAX = 64;
    static final int MESSAGE_LENGTH_MAX = 500;
    static final int QUOTED_LENGTH_MAX = 80;
    static final int SHOWN_VALUES = 12;
    /** Nodes of a pattern when written out: an empty group repeated has no positions and yet takes time. */
    static final int BUILD_STEPS_MAX = PATTERN_POSITIONS_MAX * 16;

    private NamingLimits() {
    }
}
