export function formsOf(secret: Uint8Array): Map<string, Buffer>
