/** Two drawn people before their cameras, as SVG pictures of 1280×720 pixels. The pictures of the README show them. */

/** The time of day in a room: daylight for the light pictures, a lamp for the dark ones. */
export type Daytime = 'day' | 'evening'

/** Size of a drawing in pixels. */
export const pictureSize = { width: 1280, height: 720 }

const svg = (content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720" viewBox="0 0 1280 720">${content}</svg>`

const gradient = (id: string, from: string, to: string, direction = 'x1="0" y1="0" x2="0" y2="1"'): string =>
  `<linearGradient id="${id}" ${direction}><stop stop-color="${from}"/><stop offset="1" stop-color="${to}"/></linearGradient>`

/** Shades the whole picture. At day its light comes from the window, in the evening from the lamp. `x`: of both. */
const light = (daytime: Daytime, x: { window: number; lamp: number }): string =>
  daytime === 'day'
    ? `<radialGradient id="light" gradientUnits="userSpaceOnUse" cx="${x.window}" cy="210" r="900"><stop stop-color="#fff8e8" stop-opacity=".34"/><stop offset="1" stop-color="#fff8e8" stop-opacity="0"/></radialGradient>`
    : `<radialGradient id="light" gradientUnits="userSpaceOnUse" cx="${x.lamp}" cy="280" r="1000"><stop stop-color="#ffb45e" stop-opacity=".2"/><stop offset=".45" stop-color="#3b1c2c" stop-opacity=".2"/><stop offset="1" stop-color="#0d0f20" stop-opacity=".62"/></radialGradient>`

const drawWindow = (daytime: Daytime, x: number): string => {
  const [sky, hill, near] = daytime === 'day' ? ['#cfe9f2', '#a9cdb0', '#8dba98'] : ['#1f2c4c', '#1b2a3a', '#16232f']
  return `<g transform="translate(${x} 60)">
    <rect width="300" height="360" rx="10" fill="${daytime === 'day' ? '#fffdf6' : '#5b4a43'}"/>
    <rect x="14" y="14" width="272" height="332" fill="${sky}"/>
    ${daytime === 'day' ? '<circle cx="210" cy="92" r="30" fill="#fff3c4"/>' : '<circle cx="206" cy="86" r="20" fill="#f3ead2"/><g fill="#dfe6f2"><circle cx="60" cy="60" r="2.5"/><circle cx="110" cy="120" r="2"/><circle cx="84" cy="176" r="2"/><circle cx="244" cy="150" r="2"/></g>'}
    <path d="M14 262c60-46 122-30 166-8s76 10 106-14v106H14Z" fill="${hill}"/>
    <path d="M14 312c70-40 160-14 272-30v64H14Z" fill="${near}"/>
    <path d="M150 14v332M14 180h272" stroke="${daytime === 'day' ? '#fffdf6' : '#5b4a43'}" stroke-width="9"/>
  </g>`
}

const plant = (x: number, pot: string): string => `<g transform="translate(${x} 408)">
    <g fill="#4f8a64"><path d="M0 130c-20-70-74-86-92-80 10 44 50 80 92 80Z"/><path d="M4 132c-8-90 20-150 44-166 20 46 4 124-44 166Z" fill="#3f7754"/><path d="M2 132c30-70 86-74 108-62-14 42-58 68-108 62Z" fill="#5e9a72"/><path d="M-2 130c-40-60-30-130-14-152 30 36 36 104 14 152Z" fill="#47805c"/></g>
    <path d="M-52 128H58l-12 108a10 10 0 0 1-10 8h-66a10 10 0 0 1-10-8Z" fill="${pot}"/>
  </g>`

const lamp = (daytime: Daytime, x: number): string => `<g transform="translate(${x} 0)">
    ${daytime === 'evening' ? '<circle cy="276" r="170" fill="#ffc778" opacity=".22"/><circle cy="276" r="100" fill="#ffdca0" opacity=".3"/>' : ''}
    <path d="M0 330v330" stroke="#6b4f3d" stroke-width="9"/>
    <path d="M-48 214h96l34 116H-82Z" fill="${daytime === 'day' ? '#efe2cb' : '#ffd591'}"/>
  </g>`

const books = (x: number, y: number): string =>
  [
    ['#c8604a', 26, 96],
    ['#e3b25b', 20, 84],
    ['#3f6d74', 30, 104],
    ['#f1e6d2', 18, 78],
    ['#7b8f5a', 26, 92],
  ]
    .map(
      ([color, width, height], at) =>
        `<rect x="${x + at * 30}" y="${y - Number(height)}" width="${width}" height="${height}" rx="3" fill="${color}"/>`,
    )
    .join('') + `<rect x="${x - 24}" y="${y}" width="216" height="13" rx="4" fill="#8a6247"/>`

const eye = (x: number, y: number, iris: string): string =>
  `<g transform="translate(${x} ${y})"><ellipse rx="17" ry="12.5" fill="#fffaf4"/><circle r="9.5" fill="${iris}"/><circle r="4.6" fill="#1d1612"/><circle cx="3.4" cy="-3.6" r="2.6" fill="#fff"/><path d="M-19-3C-11-15 11-15 19-3" fill="none" stroke="#2a1c16" stroke-width="4" stroke-linecap="round"/></g>`

/** The peer: curly dark hair, a short beard and an apricot sweater. */
export const drawThem = (daytime: Daytime): string =>
  svg(`<defs>
    ${light(daytime, { window: 234, lamp: 1150 })}
    ${gradient('wall', daytime === 'day' ? '#f1e3d1' : '#8a6a5a', daytime === 'day' ? '#e2cdb4' : '#5f473f')}
    ${gradient('sweater', '#f0a06b', '#cf7542')}
    ${gradient('skin', '#c98a62', '#b4744e')}
    ${gradient('hair', '#2f211c', '#1d1411')}
  </defs>
  <rect width="1280" height="720" fill="url(#wall)"/>
  ${drawWindow(daytime, 84)}
  ${books(858, 232)}
  ${lamp(daytime, 1150)}
  ${plant(246, '#c8714e')}
  <path d="M300 720c10-104 70-150 170-172h340c100 22 160 68 170 172Z" fill="url(#sweater)"/>
  <path d="M470 548c-28 50-36 110-36 172M810 548c28 50 36 110 36 172" fill="none" stroke="#b8643a" stroke-width="5" opacity=".6"/>
  <path d="M566 462h148v74c0 52-148 52-148 0Z" fill="#a86a46"/>
  <path d="M536 548c16 62 192 62 208 0l-26-18c-30 40-126 40-156 0Z" fill="#e08d58"/>
  <ellipse cx="512" cy="342" rx="24" ry="36" fill="#b4744e"/><ellipse cx="768" cy="342" rx="24" ry="36" fill="#b4744e"/>
  <path d="M516 300c0-104 52-152 124-152s124 48 124 152c0 118-40 204-124 204s-124-86-124-204Z" fill="url(#skin)"/>
  <path d="M516 330c2 120 44 178 124 178s122-58 124-178c-6 40-18 66-40 74-24 8-50-14-84-14s-60 22-84 14c-22-8-34-34-40-74Z" fill="#33231c"/>
  <path d="M592 404c14-12 82-12 96 0 8 30-18 52-48 52s-56-22-48-52Z" fill="url(#skin)"/>
  <path d="M598 414c26 12 58 12 84 0-6 24-22 34-42 34s-36-10-42-34Z" fill="#7c2f2a"/>
  <path d="M606 417c22 8 46 8 68 0l-5 10c-18 6-40 6-58 0Z" fill="#fffaf4"/>
  <path d="M640 322c-2 26-20 44-18 54 8 12 28 12 36 0" fill="none" stroke="#95593a" stroke-width="6" stroke-linecap="round"/>
  ${eye(588, 312, '#5a3a20')}${eye(692, 312, '#5a3a20')}
  <path d="M560 274c16-14 40-14 56-4M664 270c16-10 40-10 56 4" fill="none" stroke="#241813" stroke-width="11" stroke-linecap="round"/>
  <g fill="url(#hair)"><path d="M504 318c-18-116 34-196 136-196s154 80 136 196c-8-52-24-82-46-98-40 12-140 12-180 0-22 16-38 46-46 98Z"/>
    <circle cx="528" cy="212" r="40"/><circle cx="560" cy="160" r="46"/><circle cx="616" cy="134" r="48"/><circle cx="676" cy="136" r="48"/><circle cx="726" cy="164" r="44"/><circle cx="754" cy="214" r="40"/><circle cx="640" cy="176" r="52"/></g>
  <ellipse cx="556" cy="372" rx="24" ry="14" fill="#c56f52" opacity=".35"/><ellipse cx="724" cy="372" rx="24" ry="14" fill="#c56f52" opacity=".35"/>
  <rect width="1280" height="720" fill="url(#light)"/>`)

/** The user: red hair in a bun, glasses and a green cardigan. */
export const drawYou = (daytime: Daytime): string =>
  svg(`<defs>
    ${light(daytime, { window: 970, lamp: 1200 })}
    ${gradient('wall', daytime === 'day' ? '#dce9e3' : '#47605a', daytime === 'day' ? '#c3d9cf' : '#2f443f')}
    ${gradient('cardigan', '#2f8a6d', '#17654f')}
    ${gradient('skin', '#f3cbb0', '#e6b496')}
    ${gradient('hair', '#b5552f', '#8d3d22')}
  </defs>
  <rect width="1280" height="720" fill="url(#wall)"/>
  ${drawWindow(daytime, 820)}
  ${books(120, 250)}
  ${lamp(daytime, 1200)}
  ${plant(176, '#d8a25e')}
  <circle cx="640" cy="112" r="66" fill="url(#hair)"/>
  <path d="M500 330c-26-150 40-216 140-216s166 66 140 216c-4 70 12 130 30 172-60 34-280 34-340 0 18-42 34-102 30-172Z" fill="#8d3d22"/>
  <path d="M330 720c8-98 66-142 158-162h304c92 20 150 64 158 162Z" fill="url(#cardigan)"/>
  <path d="M574 470h132v84c0 50-132 50-132 0Z" fill="#d9a384"/>
  <path d="M540 552c22 92 48 150 100 168 52-18 78-76 100-168l-38-16c-18 60-38 88-62 96-24-8-44-36-62-96Z" fill="#0f513e"/>
  <path d="M578 546c14 56 36 82 62 92 26-10 48-36 62-92-30 36-94 36-124 0Z" fill="#fbf1e4"/>
  <path d="M524 314c0-102 48-146 116-146s116 44 116 146c0 112-42 186-116 186s-116-74-116-186Z" fill="url(#skin)"/>
  <path d="M596 416c26 10 62 10 88 0-6 30-22 42-44 42s-38-12-44-42Z" fill="#9d3b3b"/>
  <path d="M603 419c24 7 50 7 74 0l-6 12c-20 6-42 6-62 0Z" fill="#fffaf4"/>
  <path d="M640 330c-2 22-14 38-12 46 6 8 20 8 26 0" fill="none" stroke="#c98f70" stroke-width="5" stroke-linecap="round"/>
  ${eye(590, 322, '#4a7a5c')}${eye(690, 322, '#4a7a5c')}
  <path d="M562 278c14-12 36-12 50-4M668 274c14-8 36-8 50 4" fill="none" stroke="#8d3d22" stroke-width="8" stroke-linecap="round"/>
  <g fill="#ffffff22" stroke="#2b3a36" stroke-width="6"><rect x="546" y="288" width="84" height="70" rx="32"/><rect x="650" y="288" width="84" height="70" rx="32"/><path d="M630 316c6-6 14-6 20 0M546 314l-20-6M734 314l20-6" fill="none"/></g>
  <path d="M520 326c-8-110 36-170 120-170s128 60 120 170c-14-56-40-88-74-100-40 30-96 44-130 38-18 14-30 34-36 62Z" fill="url(#hair)"/>
  <ellipse cx="560" cy="388" rx="24" ry="14" fill="#ef8f78" opacity=".4"/><ellipse cx="720" cy="388" rx="24" ry="14" fill="#ef8f78" opacity=".4"/>
  <circle cx="524" cy="400" r="8" fill="#f2c46b"/><circle cx="756" cy="400" r="8" fill="#f2c46b"/>
  <rect width="1280" height="720" fill="url(#light)"/>`)
