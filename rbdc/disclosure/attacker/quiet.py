"""HiGHS as the attacker uses it: silent; it shares no code with what hides."""

import highspy


class Quiet(highspy.Highs):
    """HiGHS without its greeting, which it prints when its callbacks are enabled."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def enableCallbacks(self) -> None:  # noqa: N802 (named by HiGHS)
        """See HiGHS."""
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]
