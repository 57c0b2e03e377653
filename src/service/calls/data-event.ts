/**
 * A data event of CloudTrail's, such as PutObject, as selectors of trails see it before there is a record of it; and who
 * asks for records of such.
 *
 * Trails stand to the right of the services: whoever puts the house together gives them. What selectors say is in
 * trail/selectors/. Source: AWS CloudTrail user guide, "Logging data events".
 *
 * @module
 */

/** The members of the record that it would leave. */
export interface DataEvent {
  readonly eventSource: string
  readonly eventName: string
  readonly eventType: 'AwsApiCall' | 'AwsServiceEvent'
  readonly eventCategory: 'Data'
  readonly managementEvent: false
  readonly awsRegion: string
  readonly readOnly: boolean
  readonly resources: ReadonlyArray<{ readonly type: string; readonly ARN: string }>
  readonly userIdentity: { readonly arn?: string }
}

export interface DataEventTrails {
  /** Whether a trail of any account takes data events: while none does, nothing need be known of them. */
  isAnyAsking(): boolean
  /** Whether a trail of `account` takes this one. */
  take(account: string, event: DataEvent): boolean
}
