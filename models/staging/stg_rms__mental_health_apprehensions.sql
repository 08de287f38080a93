-- Records management system, apprehensions under the Mental Health Act: one row a person
-- apprehended; deleted rows left out.
{{ outcome_of_an_action(
    'rms__mental_health_apprehensions', 'apprehension_id', 'apprehended_at') }}
