-- One row a person, numbered once for all interactions: somebody arrested one day and cautioned
-- another is one person. The number stands for the key where people are counted, which is several
-- times faster than a long text.
with keys as (
    select {{ person_key('person_id', 'record', 'record_id') }} as person_key
    from {{ ref('stg_tps__arrests') }}
    union
    select {{ person_key('person_id', 'record', 'record_id') }} as person_key
    from {{ ref('stg_rms__arrests') }}
    union
    select {{ person_key('person_id', 'action', 'record_id') }} as person_key
    from {{ ref('stg_rms__enforcement_actions') }}
    where action_type != 'Arrest'
)

select
    person_key,
    row_number() over (order by person_key) as person_number
from keys
