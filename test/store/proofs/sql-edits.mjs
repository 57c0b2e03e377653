/**
 * What a person with an SQLite shell could do to the view, each as statements that change at least one row.
 */
const ONE_ENABLED = "(select min(seq) from kms_key where key_state = 'Enabled')"
const A_RECORD = '(select max(seq) / 2 from audit_record)'

/** How sql-edit-child.mjs ends when no row is there for an edit. */
export const NOTHING_TO_EDIT = 3

export const EDITS = {
  'a disabled key is enabled': [
    "update kms_key set key_state = 'Enabled' where key_state = 'Disabled'",
  ],
  'an enabled key is disabled': [
    `update kms_key set key_state = 'Disabled' where seq = ${ONE_ENABLED}`,
  ],
  'a deletion is called off': [
    "update kms_key set key_state = 'Enabled', deletion_at = null where deletion_at is not null",
  ],
  'a deletion comes sooner': ['update kms_key set deletion_at = deletion_at - 86400000'],
  'a deletion is due': ['update kms_key set deletion_at = 1 where deletion_at is not null'],
  'a key is sent to its deletion': [
    `update kms_key set key_state = 'PendingDeletion', deletion_at = 1 where seq = ${ONE_ENABLED}`,
  ],
  'a key is removed': ['pragma foreign_keys(on)', `delete from kms_key where seq = ${ONE_ENABLED}`],
  'a policy is another': [`update kms_key set policy = '{}' where seq = ${ONE_ENABLED}`],
  'a description is another': [
    `update kms_key set description = description || '!' where seq = ${ONE_ENABLED}`,
  ],
  'tags are gone': [`update kms_key set tags = '[]' where seq = ${ONE_ENABLED}`],
  'a material is removed': [
    'delete from kms_material where rowid = (select min(rowid) from kms_material)',
  ],
  'a material is another key’s': [
    `update kms_material set wrapped = (select wrapped from kms_material order by key_id desc limit 1)
      where key_id = (select min(key_id) from kms_material)`,
  ],
  'two keys have swapped their material': [
    'create temp table two as select key_id, wrapped, material_id from kms_material order by key_id limit 2',
    `update kms_material set
      wrapped = (select wrapped from two where two.key_id <> kms_material.key_id),
      material_id = (select material_id from two where two.key_id <> kms_material.key_id)
      where key_id in (select key_id from two)`,
  ],
  'an alias is removed': ['delete from kms_alias where rowid = (select min(rowid) from kms_alias)'],
  'an alias points elsewhere': [
    `update kms_alias set target_key_id = (select key_id from kms_key where key_id <> target_key_id limit 1)
      where rowid = (select min(rowid) from kms_alias)`,
  ],
  'a record is removed': [`delete from audit_record where seq = ${A_RECORD}`],
  'the last record is removed': [
    'delete from audit_record where seq = (select max(seq) from audit_record)',
  ],
  'all records are removed': ['delete from audit_record'],
  'a record tells otherwise': [
    `update audit_record set record = replace(record, '"readOnly":', '"readOnlY":') where seq = ${A_RECORD}`,
  ],
  'a record is another operation’s': [
    `update audit_record set event_name = 'GetKeyPolicy' where seq = ${A_RECORD}`,
  ],
  'a fact about the directory is removed': [
    'delete from meta where name = (select min(name) from meta)',
  ],
  'facts about the directory are removed': ['delete from meta'],
  'a fact about the directory is another': [
    'update meta set value = zeroblob(length(value)) where name = (select min(name) from meta)',
  ],
  'a table is gone': ['drop table kms_alias'],
  'an index is gone': ['drop index kms_key_by_seq'],
  'it is of another version': ['pragma user_version = 0'],
  'it is of another program': ['pragma application_id = 1'],
}
