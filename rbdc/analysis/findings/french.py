"""Findings in French."""

from rbdc.analysis.findings.statement import Statement

_UNITS = {"person": "personne", "incident": "incident", "officer_report": "rapport d'agent"}
_CHANGES = ("rate_ratio", "gap_ratio")
_VERDICTS = {
    "supported": "Les données l'appuient.",
    "partly_supported": (
        "Les données l'appuient en partie : pas pour chaque groupe ni chaque comparaison."
    ),
    "contradicted": "Les données montrent le contraire.",
    "not_shown": "Les données ne le montrent pas ; ce n'est pas une preuve du contraire.",
    "depends_on_benchmark": "La réponse dépend de la population de référence.",
    "depends_on_unknown_race": "La réponse dépend des personnes dont la race est inconnue.",
    "cannot_be_told": "On ne peut le dire : les données sont insuffisantes.",
}


def french(one: Statement) -> str:
    """The statement as a plain sentence, with its number, interval, unit, benchmark and caveat."""
    if one.measure == "verdict":
        return f"{one.french.question} {_VERDICTS[one.reading]}"
    return " ".join(part for part in (_sentence(one), _bounds(one), one.french.caveat) if part)


def _sentence(one: Statement) -> str:
    words, where = one.french, f"{one.service}, {_when(one)}"
    if one.reading == "cannot_be_told":
        return (
            f"{words.indicator}, {words.group} : on ne peut dire s'il y a {_asked(one)}, car les "
            f"données sont insuffisantes{_figures(one)} ({where} ; unité : {_UNITS[one.unit]})."
        )
    reading = (_RATES if one.measure == "ratio" else _READINGS)[one.reading].format(
        group=words.group, reference=words.reference, policy=words.policy
    )
    return f"{words.indicator} : {reading}, {_number(one)}{_figures(one)} ({where} ; {_of(one)})."


_READINGS = {
    "over_represented": "surreprésentation des {group}",
    "under_represented": "sous-représentation des {group}",
    "no_disparity_detected": "aucune disparité décelée pour les {group}",
    "depends_on_unknown_race": (
        "la sur- ou sous-représentation des {group} dépend des personnes de race inconnue"
    ),
    "depends_on_benchmark": (
        "la sur- ou sous-représentation des {group} dépend de la population de référence"
    ),
    "reduced": "le taux des {group} était plus bas après la mesure « {policy} »",
    "increased": "le taux des {group} était plus élevé après la mesure « {policy} »",
    "no_change_detected": (
        "aucun changement du taux des {group} décelé après la mesure « {policy} »"
    ),
    "gap_narrowed": (
        "l'écart entre les {group} et les {reference} était plus étroit après la mesure "
        "« {policy} »"
    ),
    "gap_widened": (
        "l'écart entre les {group} et les {reference} était plus large après la mesure « {policy} »"
    ),
    "no_gap_change_detected": (
        "aucun changement de l'écart entre les {group} et les {reference} décelé après la mesure "
        "« {policy} »"
    ),
    "found_less_often": (
        "on trouve moins souvent des objets sur les {group} que sur les {reference}"
    ),
    "found_more_often": (
        "on trouve plus souvent des objets sur les {group} que sur les {reference}"
    ),
    "no_difference_detected": "aucune différence décelée entre les {group} et les {reference}",
    "too_small_to_matter": (
        "une différence décelée pour les {group}, mais trop faible pour compter"
    ),
    "explained_by_context": (
        "la différence entre les {group} et les {reference} n'est plus décelée à contexte égal"
    ),
    "remains_over": (
        "le taux des {group} reste plus élevé que celui des {reference} à contexte égal"
    ),
    "remains_under": "le taux des {group} reste plus bas que celui des {reference} à contexte égal",
    "appears_over": (
        "à contexte égal, le taux des {group} est plus élevé que celui des {reference}, ce qui "
        "n'est pas décelé autrement"
    ),
    "appears_under": (
        "à contexte égal, le taux des {group} est plus bas que celui des {reference}, ce qui "
        "n'est pas décelé autrement"
    ),
    "no_adjusted_difference_detected": (
        "aucune différence entre les {group} et les {reference} décelée à contexte égal"
    ),
}
# A rate beside that of another group says nothing of shares.
_RATES = _READINGS | {
    "over_represented": "le taux des {group} est plus élevé que celui des {reference}",
    "under_represented": "le taux des {group} est plus bas que celui des {reference}",
    "no_disparity_detected": "aucune différence décelée entre les {group} et les {reference}",
}


def _asked(one: Statement) -> str:
    return "eu un changement" if one.measure in _CHANGES else "une différence"


def _number(one: Statement) -> str:
    if one.value is None:
        return "sans estimation"
    interval = (
        f" (intervalle à {f'{one.level * 100:g}'.replace('.', ',')} % de {_decimal(one.low)} à "
        f"{_decimal(one.high)})"
        if one.low is not None and one.high is not None
        else ""
    )
    value = _decimal(one.value)
    if one.measure == "index":
        return f"{value} fois leur part parmi les {one.french.benchmark}{interval}"
    if one.measure == "rate_ratio" and one.before is not None and one.after is not None:
        return (
            f"de {_decimal(one.before * 100, 1)} % à {_decimal(one.after * 100, 1)} %, soit "
            f"{value} fois le taux d'avant{interval}"
        )
    if one.measure == "gap_ratio" and one.before is not None and one.after is not None:
        return (
            f"de {_decimal(one.before)} à {_decimal(one.after)} fois le taux du groupe de "
            f"référence, un rapport de {value}{interval}"
        )
    compared = f"{value} fois le taux des {one.french.reference}{interval}"
    if one.measure == "adjusted_ratio" and one.before is not None:
        return f"{compared}, contre {_decimal(one.before)} fois sans tenir compte du contexte"
    return compared


def _figures(one: Statement) -> str:
    if one.count is None or one.total is None:
        return ""
    since = " depuis le changement" if one.measure in _CHANGES else ""
    return f", {_whole(one.count)} sur {_whole(one.total)}{since}"


def _of(one: Statement) -> str:
    return f"unité : {_UNITS[one.unit]} ; population de référence : {one.french.benchmark}"


def _when(one: Statement) -> str:
    stratum = one.french.stratum
    if one.period == "all":
        return stratum or "toutes les années"
    return f"{one.period}, {stratum}" if stratum else one.period


def _bounds(one: Statement) -> str:
    parts = []
    if one.bounds and one.measure == "index":
        parts.append(
            f"Les personnes de race inconnue pourraient situer l'indice n'importe où entre "
            f"{_decimal(one.bounds[0])} et {_decimal(one.bounds[1])}."
        )
    if one.other_range:
        parts.append(
            f"Les populations de référence se contredisent : d'une à l'autre, l'indice va de "
            f"{_decimal(one.other_range[0])} à {_decimal(one.other_range[1])}."
        )
    return " ".join(parts)


def _decimal(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".replace(".", ",")


def _whole(value: int) -> str:
    return f"{value:,}".replace(",", "\u202f")
