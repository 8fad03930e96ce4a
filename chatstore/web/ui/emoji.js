/** The emojis that the picker offers, with the words by which they are found. Any other can be typed. */

export const COMMON = [
  ['👍', 'thumbs up yes good'], ['👎', 'thumbs down no bad'], ['❤️', 'heart love'], ['😂', 'joy laugh tears'],
  ['🎉', 'party tada hooray'], ['👀', 'eyes look'], ['🙏', 'thanks please pray'], ['✅', 'check done yes'],
  ['😄', 'smile happy'], ['😊', 'blush smile'], ['😉', 'wink'], ['😍', 'love eyes'], ['🤔', 'think hmm'],
  ['😅', 'sweat phew'], ['😢', 'sad cry'], ['😭', 'sob cry'], ['😡', 'angry'], ['😱', 'scream shock'],
  ['😴', 'sleep tired'], ['🙄', 'eyes roll'], ['🤷', 'shrug'], ['🤦', 'facepalm'], ['🥳', 'party celebrate'],
  ['😎', 'cool sunglasses'], ['🤯', 'mind blown'], ['🫡', 'salute'], ['👋', 'wave hello bye'], ['👏', 'clap applause'],
  ['🙌', 'hands praise'], ['💪', 'strong muscle'], ['🤝', 'handshake deal'], ['👌', 'ok'], ['✋', 'hand stop'],
  ['🔥', 'fire hot'], ['✨', 'sparkles new'], ['⭐', 'star'], ['💯', 'hundred'], ['🚀', 'rocket ship launch'],
  ['🐛', 'bug'], ['🔧', 'wrench fix'], ['⚠️', 'warning'], ['❌', 'cross no wrong'], ['❓', 'question'], ['💡', 'idea bulb'],
  ['📌', 'pin'], ['📝', 'note memo'], ['⏳', 'wait hourglass'], ['☕', 'coffee'], ['🍕', 'pizza'], ['🍰', 'cake'],
  ['🌞', 'sun'], ['🌧️', 'rain'], ['💜', 'purple heart'], ['💔', 'broken heart'],
];

/** Those that a toolbar shows at once. */
export const QUICK = ['👍', '❤️', '😂', '✅'];

export function found(words) {
  const wanted = words.trim().toLowerCase();
  return wanted ? COMMON.filter(([emoji, names]) => emoji === wanted || names.includes(wanted)) : COMMON;
}

/** Whether what was typed can stand as a reaction: short, without spaces. */
export function isReaction(text) {
  return text !== '' && !/\s/.test(text) && [...text].length <= 12;
}
