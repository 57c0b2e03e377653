/**
 * The client went away before its request was there: there is nobody to answer.
 *
 * @module
 */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}
