#!/bin/sh
# Writes web/assets.h: the static files as C arrays, under paths that change when a file does.
set -eu
style=$1 mark=$2
version=$(cat "$style" "$mark" | sha256sum | cut -c1-12)

array() {
    printf 'static const unsigned char %s[] __attribute__((unused)) = {\n' "$1"
    od -An -v -tu1 "$2" | sed 's/  */,/g; s/^,//; s/$/,/'
    printf '};\n'
}

printf '/* Made by web/embed.sh. */\n'
printf '#define QN_ASSET_STYLE "/static/%s/style.css"\n' "$version"
printf '#define QN_ASSET_MARK "/static/%s/mark.svg"\n' "$version"
array qn_asset_style_bytes "$style"
array qn_asset_mark_bytes "$mark"
