export function tampered(text: string, random: (below: number) => number): string
