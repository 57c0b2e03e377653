/** The condition operators, as the IAM user guide describes them. */
import { describe, expect, it } from 'vitest'
import { documentedConditions, isMet } from '../support/documented.js'

const OPERATORS_PAGE = 'IAM JSON policy elements: Condition operators'

documentedConditions(OPERATORS_PAGE, 'StringEquals: Exact matching, case sensitive', [
  [{ StringEquals: 'john' }, 'john', true],
  [{ StringEquals: 'john' }, 'John', false],
  [{ StringEquals: 'john' }, 'johnny', false],
  [{ StringEquals: 'john' }, '', false],
  [{ StringEquals: '' }, '', true],
  [{ StringEquals: 'jo*' }, 'john', false],
  [{ StringEquals: 'jo*' }, 'jo*', true],
  [{ StringEquals: ['jane', 'john'] }, 'john', true],
  [{ StringEquals: ['jane', 'john'] }, 'jack', false],
])

documentedConditions(OPERATORS_PAGE, 'StringNotEquals: Negated matching', [
  [{ StringNotEquals: 'john' }, 'john', false],
  [{ StringNotEquals: 'john' }, 'John', true],
  [{ StringNotEquals: 'jo*' }, 'john', true],
  [{ StringNotEquals: ['jane', 'john'] }, 'john', false],
  [{ StringNotEquals: ['jane', 'john'] }, 'jack', true],
])

documentedConditions(OPERATORS_PAGE, 'StringEqualsIgnoreCase: Exact matching, ignoring case', [
  [{ StringEqualsIgnoreCase: 'john' }, 'John', true],
  [{ StringEqualsIgnoreCase: 'JOHN' }, 'john', true],
  [{ StringEqualsIgnoreCase: 'john' }, 'jane', false],
  [{ StringEqualsIgnoreCase: 'jo*' }, 'JOHN', false],
])

documentedConditions(OPERATORS_PAGE, 'StringNotEqualsIgnoreCase: Negated matching, ignoring case', [
  [{ StringNotEqualsIgnoreCase: 'john' }, 'JOHN', false],
  [{ StringNotEqualsIgnoreCase: 'john' }, 'jane', true],
])

documentedConditions(
  OPERATORS_PAGE,
  'StringLike: The values can include multi-character match wildcards (*) and single-character match wildcards (?) anywhere in the string.',
  [
    [{ StringLike: 'home/*' }, 'home/john', true],
    [{ StringLike: 'home/*' }, 'home/', true],
    [{ StringLike: 'home/*' }, 'home', false],
    [{ StringLike: '*/john' }, 'home/john', true],
    [{ StringLike: 'h*e/j*n' }, 'home/john', true],
    [{ StringLike: 'h*e/j*n' }, 'home/johnny', false],
    [{ StringLike: 'h?me/john' }, 'home/john', true],
    [{ StringLike: 'h?me/john' }, 'hme/john', false],
    [{ StringLike: '????' }, 'john', true],
    [{ StringLike: '???' }, 'john', false],
    [{ StringLike: '*' }, '', true],
    [{ StringLike: '?' }, '', false],
    [{ StringLike: 'Home/*' }, 'home/john', false],
    [{ StringLike: ['', 'home/', 'home/john/*'] }, '', true],
    [{ StringLike: ['', 'home/', 'home/john/*'] }, 'home/jane/', false],
    [{ StringLike: ['t1.*', 't2.*', 'm3.*'] }, 't2.micro', true],
    [{ StringLike: ['t1.*', 't2.*', 'm3.*'] }, 't2', false],
    [{ StringLike: ['t1.*', 't2.*', 'm3.*'] }, 'm4.large', false],
  ],
)

documentedConditions(OPERATORS_PAGE, 'StringNotLike: Negated case-sensitive matching.', [
  [{ StringNotLike: 'home/*' }, 'home/john', false],
  [{ StringNotLike: 'home/*' }, 'Home/john', true],
  [{ StringNotLike: ['a*', 'b*'] }, 'bread', false],
  [{ StringNotLike: ['a*', 'b*'] }, 'cheese', true],
])

documentedConditions(OPERATORS_PAGE, 'NumericEquals: Matching', [
  [{ NumericEquals: '10' }, '10', true],
  [{ NumericEquals: 10 }, '10', true],
  [{ NumericEquals: '10' }, '10.0', true],
  [{ NumericEquals: '10.5' }, '10.50', true],
  [{ NumericEquals: '-3' }, '-3', true],
  [{ NumericEquals: '10' }, '11', false],
  [{ NumericEquals: '10' }, 'ten', false],
  [{ NumericEquals: ['10', '20'] }, '20', true],
])
documentedConditions(OPERATORS_PAGE, 'NumericNotEquals: Negated matching', [
  [{ NumericNotEquals: '10' }, '10', false],
  [{ NumericNotEquals: '10' }, '10.0', false],
  [{ NumericNotEquals: '10' }, '11', true],
  [{ NumericNotEquals: ['10', '20'] }, '20', false],
])
documentedConditions(OPERATORS_PAGE, 'NumericLessThan: "Less than" matching', [
  [{ NumericLessThan: '10' }, '9', true],
  [{ NumericLessThan: '10' }, '9.999', true],
  [{ NumericLessThan: '10' }, '10', false],
  [{ NumericLessThan: '10' }, '11', false],
  [{ NumericLessThan: '10' }, '-100', true],
])
documentedConditions(OPERATORS_PAGE, 'NumericLessThanEquals: "Less than or equals" matching', [
  [{ NumericLessThanEquals: '10' }, '9', true],
  [{ NumericLessThanEquals: '10' }, '10', true],
  [{ NumericLessThanEquals: '10' }, '10.01', false],
  [{ NumericLessThanEquals: '10' }, 'many', false],
])
documentedConditions(OPERATORS_PAGE, 'NumericGreaterThan: "Greater than" matching', [
  [{ NumericGreaterThan: '10' }, '11', true],
  [{ NumericGreaterThan: '10' }, '10', false],
  [{ NumericGreaterThan: '10' }, '9', false],
])
documentedConditions(
  OPERATORS_PAGE,
  'NumericGreaterThanEquals: "Greater than or equals" matching',
  [
    [{ NumericGreaterThanEquals: '10' }, '11', true],
    [{ NumericGreaterThanEquals: '10' }, '10', true],
    [{ NumericGreaterThanEquals: '10' }, '9', false],
  ],
)

const NOON = '2026-06-30T12:00:00Z'
documentedConditions(OPERATORS_PAGE, 'DateEquals: Matching a specific date', [
  [{ DateEquals: NOON }, NOON, true],
  [{ DateEquals: NOON }, '2026-06-30T12:00:01Z', false],
  [{ DateEquals: NOON }, 'noon', false],
])
documentedConditions(OPERATORS_PAGE, 'DateNotEquals: Negated matching', [
  [{ DateNotEquals: NOON }, NOON, false],
  [{ DateNotEquals: NOON }, '2026-06-30T12:00:01Z', true],
])
documentedConditions(OPERATORS_PAGE, 'DateLessThan: Matching before a specific date and time', [
  [{ DateLessThan: NOON }, '2026-06-30T11:59:59Z', true],
  [{ DateLessThan: NOON }, NOON, false],
  [{ DateLessThan: NOON }, '2026-06-30T12:00:01Z', false],
])
documentedConditions(OPERATORS_PAGE, 'DateLessThanEquals: at or before a specific date and time', [
  [{ DateLessThanEquals: NOON }, '2026-06-30T11:59:59Z', true],
  [{ DateLessThanEquals: NOON }, NOON, true],
  [{ DateLessThanEquals: NOON }, '2026-06-30T12:00:01Z', false],
])
documentedConditions(OPERATORS_PAGE, 'DateGreaterThan: after a specific a date and time', [
  [{ DateGreaterThan: NOON }, '2026-06-30T12:00:01Z', true],
  [{ DateGreaterThan: NOON }, NOON, false],
  [{ DateGreaterThan: '2020-01-01T00:00:01Z' }, '2019-12-31T23:59:59Z', false],
])
documentedConditions(OPERATORS_PAGE, 'DateGreaterThanEquals: at or after a date and time', [
  [{ DateGreaterThanEquals: NOON }, '2026-06-30T12:00:01Z', true],
  [{ DateGreaterThanEquals: NOON }, NOON, true],
  [{ DateGreaterThanEquals: NOON }, '2026-06-30T11:59:59Z', false],
])
documentedConditions(
  OPERATORS_PAGE,
  'You must specify date/time values with one of the W3C implementations of the ISO 8601 date formats or in epoch (UNIX) time.',
  [
    [{ DateEquals: '2026' }, '2026-01-01T00:00:00Z', true],
    [{ DateEquals: '2026-06' }, '2026-06-01T00:00:00Z', true],
    [{ DateEquals: '2026-06-30' }, '2026-06-30T00:00:00Z', true],
    [{ DateEquals: '2026-06-30T12:00Z' }, NOON, true],
    [{ DateEquals: '2026-06-30T14:00:00+02:00' }, NOON, true],
    [{ DateEquals: '2026-06-30T06:30:00-05:30' }, NOON, true],
    [{ DateEquals: '2026-06-30T12:00:00.000Z' }, NOON, true],
    [{ DateEquals: '2026-06-30T12:00:00.5Z' }, NOON, false],
    [{ DateEquals: '1782820800' }, NOON, true],
    [{ DateEquals: 1782820800 }, NOON, true],
    [{ DateEquals: NOON }, '1782820800', true],
    [{ DateLessThan: 1782820801 }, '1782820800', true],
  ],
)

documentedConditions(OPERATORS_PAGE, 'Bool: comparing a key to "true" or "false."', [
  [{ Bool: 'true' }, 'true', true],
  [{ Bool: true }, 'true', true],
  [{ Bool: 'true' }, 'false', false],
  [{ Bool: 'false' }, 'false', true],
  [{ Bool: false }, 'true', false],
])

documentedConditions(
  OPERATORS_PAGE,
  'BinaryEquals: It compares the value of the specified key byte for byte against a base-64 encoded representation of the binary value in the policy.',
  [
    [{ BinaryEquals: 'QmluYXJ5VmFsdWVJbkJhc2U2NA==' }, 'QmluYXJ5VmFsdWVJbkJhc2U2NA==', true],
    [{ BinaryEquals: 'QmluYXJ5VmFsdWVJbkJhc2U2NA==' }, 'QmluYXJ5VmFsdWVJbkJhc2U2NQ==', false],
    [{ BinaryEquals: 'AQID' }, 'AQI=', false],
    [{ BinaryEquals: '' }, '', true],
  ],
)

documentedConditions(
  OPERATORS_PAGE,
  'IpAddress: The value must be in the standard CIDR format (for example, 203.0.113.0/24 or 2001:DB8:1234:5678::/64).',
  [
    [{ IpAddress: '203.0.113.0/24' }, '203.0.113.0', true],
    [{ IpAddress: '203.0.113.0/24' }, '203.0.113.255', true],
    [{ IpAddress: '203.0.113.0/24' }, '203.0.114.0', false],
    [{ IpAddress: '203.0.113.0/24' }, '203.0.112.255', false],
    [{ IpAddress: '203.0.113.8/29' }, '203.0.113.15', true],
    [{ IpAddress: '203.0.113.8/29' }, '203.0.113.16', false],
    [{ IpAddress: '0.0.0.0/0' }, '198.51.100.7', true],
    [{ IpAddress: '0.0.0.0/0' }, '2001:db8::1', false],
    [{ IpAddress: '::/0' }, '2001:db8::1', true],
    [{ IpAddress: '::/0' }, '203.0.113.9', false],
    [{ IpAddress: '2001:DB8:1234:5678::/64' }, '2001:db8:1234:5678:ffff::1', true],
    [{ IpAddress: '2001:DB8:1234:5678::/64' }, '2001:db8:1234:5679::1', false],
    [{ IpAddress: ['203.0.113.0/24', '2001:DB8:1234:5678::/64'] }, '2001:db8:1234:5678::7', true],
    [{ IpAddress: ['203.0.113.0/24', '2001:DB8:1234:5678::/64'] }, '203.0.113.9', true],
    [{ IpAddress: ['203.0.113.0/24', '2001:DB8:1234:5678::/64'] }, '198.51.100.7', false],
    [{ IpAddress: '203.0.113.0/24' }, '::ffff:203.0.113.9', true],
    [{ IpAddress: '203.0.113.0/24' }, 'a service', false],
  ],
)
documentedConditions(
  OPERATORS_PAGE,
  'If you specify an IP address without the associated routing prefix, IAM uses the default prefix value of /32.',
  [
    [{ IpAddress: '203.0.113.9' }, '203.0.113.9', true],
    [{ IpAddress: '203.0.113.9' }, '203.0.113.8', false],
    [{ IpAddress: '2001:db8::1' }, '2001:0db8:0:0:0:0:0:1', true],
    [{ IpAddress: '2001:db8::1' }, '2001:db8::2', false],
  ],
)
documentedConditions(
  OPERATORS_PAGE,
  'NotIpAddress: All IP addresses except the specified IP address or range',
  [
    [{ NotIpAddress: '203.0.113.0/24' }, '203.0.113.9', false],
    [{ NotIpAddress: '203.0.113.0/24' }, '203.0.114.9', true],
    [{ NotIpAddress: ['203.0.113.0/24', '198.51.100.0/24'] }, '198.51.100.7', false],
    [{ NotIpAddress: ['203.0.113.0/24', '198.51.100.0/24'] }, '192.0.2.1', true],
  ],
)

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:topic'
for (const operator of ['ArnEquals', 'ArnLike']) {
  documentedConditions(
    OPERATORS_PAGE,
    `${operator}: Each of the six colon-delimited components of the ARN is checked separately and each can include multi-character match wildcards (*) or single-character match wildcards (?).`,
    [
      [{ [operator]: TOPIC }, TOPIC, true],
      [{ [operator]: TOPIC }, `${TOPIC}s`, false],
      [{ [operator]: TOPIC.toUpperCase() }, TOPIC, false],
      [{ [operator]: 'arn:aws:sns:*:123456789012:*' }, TOPIC, true],
      [{ [operator]: 'arn:aws:sns:eu-west-?:123456789012:t?pic' }, TOPIC, true],
      [{ [operator]: 'arn:aws:sns:eu-west-??:123456789012:topic' }, TOPIC, false],
      [{ [operator]: 'arn:aws:s*:eu-west-1:*:topic' }, TOPIC, true],
      [{ [operator]: '*:*:*:*:*:*' }, TOPIC, true],
      [{ [operator]: 'arn:aws:sns:*:topic' }, TOPIC, false],
      [{ [operator]: TOPIC }, 'topic', false],
      [{ [operator]: [`${TOPIC}s`, TOPIC] }, TOPIC, true],
    ],
  )
}
documentedConditions(
  OPERATORS_PAGE,
  'With an ArnLike condition, which matches elements between colons, the match fails.',
  [
    [
      { ArnLike: 'arn:aws:someservice:*:111122223333:finance/*' },
      'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt',
      false,
    ],
    [
      { StringLike: 'arn:aws:someservice:*:111122223333:finance/*' },
      'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt',
      true,
    ],
    [
      { ArnLike: 'arn:aws:someservice:*:*:store/*' },
      'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt',
      true,
    ],
  ],
)
for (const operator of ['ArnNotEquals', 'ArnNotLike']) {
  documentedConditions(OPERATORS_PAGE, `${operator}: Negated matching for ARN.`, [
    [{ [operator]: TOPIC }, TOPIC, false],
    [{ [operator]: 'arn:aws:sns:*:*:*' }, TOPIC, false],
    [{ [operator]: 'arn:aws:sqs:*:*:*' }, TOPIC, true],
    [{ [operator]: TOPIC }, 'topic', true],
  ])
}

documentedConditions(
  OPERATORS_PAGE,
  "Null: use either true (the key doesn't exist — it is null) or false (the key exists and its value is not null).",
  [
    [{ Null: 'true' }, undefined, true],
    [{ Null: true }, undefined, true],
    [{ Null: 'true' }, 'a', false],
    [{ Null: 'false' }, undefined, false],
    [{ Null: 'false' }, 'a', true],
    [{ Null: false }, ['a', 'b'], true],
    [{ Null: 'true' }, [], true],
  ],
)

/** Every operator, whether it is negated, and a value that it takes. */
const ALL: ReadonlyArray<readonly [operator: string, isNegated: boolean, value: string]> = [
  ...['StringEquals', 'StringEqualsIgnoreCase', 'StringLike'].map((o) => [o, false, 'a'] as const),
  ...['StringNotEquals', 'StringNotEqualsIgnoreCase', 'StringNotLike'].map(
    (o) => [o, true, 'a'] as const,
  ),
  ['NumericEquals', false, '1'],
  ['NumericNotEquals', true, '1'],
  ...['NumericLessThan', 'NumericLessThanEquals'].map((o) => [o, false, '1'] as const),
  ...['NumericGreaterThan', 'NumericGreaterThanEquals'].map((o) => [o, false, '1'] as const),
  ['DateEquals', false, '2026'],
  ['DateNotEquals', true, '2026'],
  ...['DateLessThan', 'DateLessThanEquals'].map((o) => [o, false, '2026'] as const),
  ...['DateGreaterThan', 'DateGreaterThanEquals'].map((o) => [o, false, '2026'] as const),
  ['Bool', false, 'true'],
  ['BinaryEquals', false, 'AQID'],
  ['IpAddress', false, '203.0.113.9'],
  ['NotIpAddress', true, '203.0.113.9'],
  ...['ArnEquals', 'ArnLike'].map((o) => [o, false, TOPIC] as const),
  ...['ArnNotEquals', 'ArnNotLike'].map((o) => [o, true, TOPIC] as const),
]

documentedConditions(
  OPERATORS_PAGE,
  'If the key that you specify in a policy condition is not present in the request context, the values do not match and the condition is false. If the policy condition requires that the key is not matched, […] and the right key is not present, the condition is true.',
  ALL.map(([operator, isNegated, value]) => [{ [operator]: value }, undefined, isNegated]),
)

documentedConditions(
  OPERATORS_PAGE,
  '…IfExists: If the key is not present, evaluate the condition element as true.',
  ALL.map(([operator, , value]) => [{ [`${operator}IfExists`]: value }, undefined, true]),
)

documentedConditions(
  OPERATORS_PAGE,
  '…IfExists: If the policy key is present in the context of the request, process the key as specified in the policy.',
  [
    [{ StringLikeIfExists: ['t1.*', 't2.*'] }, 't2.micro', true],
    [{ StringLikeIfExists: ['t1.*', 't2.*'] }, 'm3.large', false],
    [{ StringNotEqualsIfExists: 'a' }, 'a', false],
    [{ StringNotEqualsIfExists: 'a' }, 'b', true],
    [{ NumericLessThanIfExists: '10' }, '10', false],
    [{ DateGreaterThanIfExists: '2026' }, '2027', true],
    [{ BoolIfExists: 'true' }, 'false', false],
    [{ IpAddressIfExists: '203.0.113.0/24' }, '198.51.100.7', false],
    [{ ArnLikeIfExists: 'arn:aws:sns:*:*:*' }, TOPIC, true],
    [{ ArnNotLikeIfExists: 'arn:aws:sns:*:*:*' }, TOPIC, false],
  ],
)

const SETS_PAGE = 'Single-valued vs. multivalued context keys'

documentedConditions(
  SETS_PAGE,
  'ForAllValues: It also returns true if there are no context keys in the request',
  ALL.map(([operator, , value]) => [{ [`ForAllValues:${operator}`]: value }, undefined, true]),
)

documentedConditions(
  SETS_PAGE,
  "ForAnyValue: For no matching context key or if the key doesn't exist in the request, the condition returns false",
  ALL.map(([operator, , value]) => [{ [`ForAnyValue:${operator}`]: value }, undefined, false]),
)

documentedConditions(
  `${SETS_PAGE}; ${OPERATORS_PAGE}`,
  'You can add IfExists to the end of any condition operator name except the Null condition',
  ALL.map(([operator, , value]) => [
    { [`ForAnyValue:${operator}IfExists`]: value },
    undefined,
    true,
  ]),
)

const TABLE = ['PostDateTime', 'Message', 'Tags']
documentedConditions(
  SETS_PAGE,
  "ForAllValues: The condition returns true if there's a match between every one of the specified key values in the request and at least one value in the policy.",
  [
    [{ 'ForAllValues:StringLike': TABLE }, ['PostDateTime', 'Message'], true],
    [{ 'ForAllValues:StringLike': TABLE }, ['PostDateTime', 'UserName'], false],
    [{ 'ForAllValues:StringLike': TABLE }, ['ID'], false],
    [{ 'ForAllValues:StringLike': TABLE }, TABLE, true],
    [{ 'ForAllValues:StringLike': ['cost-*'] }, ['cost-center', 'cost-owner'], true],
    [{ 'ForAllValues:StringLike': ['cost-*'] }, ['cost-center', 'owner'], false],
    [{ 'ForAllValues:NumericLessThan': '10' }, ['1', '9'], true],
    [{ 'ForAllValues:NumericLessThan': '10' }, ['1', '10'], false],
    [{ 'ForAllValues:ArnLike': 'arn:aws:sns:*:*:*' }, [TOPIC, TOPIC], true],
    [{ 'ForAllValues:IpAddress': '203.0.113.0/24' }, ['203.0.113.1', '198.51.100.7'], false],
    [{ 'ForAllValues:StringNotEquals': 'secret' }, ['a', 'b'], true],
    [{ 'ForAllValues:StringNotEquals': 'secret' }, ['a', 'secret'], false],
    [{ 'ForAllValues:StringNotEquals': ['secret', 'b'] }, ['a', 'b'], false],
  ],
)
documentedConditions(
  SETS_PAGE,
  'ForAnyValue: The condition returns true if any one of the key values in the request matches any one of the condition values in the policy.',
  [
    [{ 'ForAnyValue:StringLike': ['ID', 'PostDateTime'] }, ['PostDateTime', 'Message'], true],
    [{ 'ForAnyValue:StringLike': ['ID', 'PostDateTime'] }, ['UserName'], false],
    [
      { 'ForAnyValue:StringEquals': ['ID', 'PostDateTime'] },
      ['UserName', 'Message', 'PostDateTime'],
      true,
    ],
    [{ 'ForAnyValue:StringEqualsIgnoreCase': 'id' }, ['ID', 'x'], true],
    [{ 'ForAnyValue:NumericGreaterThan': '10' }, ['1', '11'], true],
    [{ 'ForAnyValue:NumericGreaterThan': '10' }, ['1', '2'], false],
    [{ 'ForAnyValue:IpAddress': '203.0.113.0/24' }, ['203.0.113.1', '198.51.100.7'], true],
    [{ 'ForAnyValue:StringNotEquals': 'secret' }, ['secret', 'a'], true],
    [{ 'ForAnyValue:StringNotEquals': 'secret' }, ['secret'], false],
    [{ 'ForAnyValue:StringNotLike': ['a*', 'b*'] }, ['ab', 'ba'], false],
  ],
)
documentedConditions(
  SETS_PAGE,
  'If the key values in the request resolve to an empty data set (for example, an empty string), a condition operator modified by ForAllValues returns true, and a condition operator modified by ForAnyValue returns false.',
  [
    [{ 'ForAllValues:StringEquals': 'a' }, [], true],
    [{ 'ForAllValues:StringEquals': 'a' }, '', true],
    [{ 'ForAnyValue:StringEquals': 'a' }, [], false],
    [{ 'ForAnyValue:StringEquals': '' }, '', false],
    [{ 'ForAllValues:StringNotEquals': 'a' }, [], true],
    [{ 'ForAnyValue:StringNotEquals': 'a' }, '', false],
  ],
)
documentedConditions(SETS_PAGE, 'Multivalued context keys require a condition set operator.', [
  [{ StringEquals: 'a' }, ['a', 'b'], false],
  [{ StringEquals: ['a', 'b'] }, ['a', 'b'], false],
  [{ StringNotEquals: 'c' }, ['a', 'b'], false],
  [{ StringEqualsIfExists: 'a' }, ['a', 'b'], false],
])

const LOGIC_PAGE = 'Conditions with multiple context keys or values'
documentedConditions(
  LOGIC_PAGE,
  'If your policy statement has multiple condition operators, the condition operators are evaluated using a logical AND.',
  [
    [{ StringLike: 'a*', StringNotLike: '*z' }, 'ab', true],
    [{ StringLike: 'a*', StringNotLike: '*z' }, 'az', false],
    [{ StringLike: 'a*', StringNotLike: '*z' }, 'b', false],
    [{ DateGreaterThan: '2026', DateLessThan: '2027' }, '2026-06-30', true],
    [{ DateGreaterThan: '2026', DateLessThan: '2027' }, '2027-06-30', false],
    [{ 'ForAllValues:StringEquals': ['a', 'b'], Null: 'false' }, undefined, false],
    [{ 'ForAllValues:StringEquals': ['a', 'b'], Null: 'false' }, ['a'], true],
  ],
)
documentedConditions(
  LOGIC_PAGE,
  'If a single condition operator includes multiple values for a context key, those values are evaluated using a logical OR. If a single negated matching condition operator includes multiple values for a context key, those values are evaluated using a logical NOR.',
  [
    [{ NumericEquals: ['1', '2'] }, '2', true],
    [{ NumericNotEquals: ['1', '2'] }, '2', false],
    [{ DateEquals: ['2026', '2027'] }, '2027', true],
    [{ DateNotEquals: ['2026', '2027'] }, '2027', false],
    [{ ArnNotLike: ['arn:aws:sqs:*:*:*', 'arn:aws:sns:*:*:*'] }, TOPIC, false],
    [{ Bool: ['true', 'false'] }, 'false', true],
    [{ StringEquals: [] }, 'a', false],
    [{ StringNotEquals: [] }, 'a', true],
  ],
)

describe('"If your policy statement has multiple context keys attached to a single condition operator, the context keys are evaluated using a logical AND." (Conditions with multiple context keys or values)', () => {
  const condition = { StringEquals: { 'app:A': ['1', '2'], 'app:B': '3' } }
  it.each([
    [{ 'app:a': ['1'], 'app:b': ['3'] }, true],
    [{ 'app:a': ['2'], 'app:b': ['3'] }, true],
    [{ 'app:a': ['1'], 'app:b': ['4'] }, false],
    [{ 'app:a': ['1'] }, false],
    [{}, false],
  ] as const)('%j: %s', (facts, expected) => {
    expect(isMet(condition, facts as Record<string, string[]>)).toBe(expected)
  })
})

describe('"Context key names are not case-sensitive." (IAM JSON policy elements: Condition)', () => {
  it.each(['aws:SourceIP', 'AWS:SourceIp', 'aws:sourceip'])('%s is the same key', (key) => {
    const facts = { 'aws:sourceip': ['203.0.113.9'] }
    expect(isMet({ IpAddress: { [key]: '203.0.113.0/24' } }, facts)).toBe(true)
  })
})
