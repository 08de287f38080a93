-- Records management system, apprehensions of children in need of protection: one row a child
-- apprehended; deleted rows left out.
{{ outcome_of_an_action(
    'rms__child_protection_apprehensions', 'apprehension_id', 'apprehended_at') }}
