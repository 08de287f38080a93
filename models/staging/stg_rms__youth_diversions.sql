-- Records management system, youth diversions: one row a person diverted; deleted rows left out.
{{ outcome_of_an_action('rms__youth_diversions', 'diversion_id', 'diverted_at') }}
