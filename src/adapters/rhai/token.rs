//! The text of a script in words: where its statements begin and end, and which names stand in them.
//!
//! This decides nothing about safety. Each value goes to the sandboxed engine on its own; if the two ever disagree about
//! where it ends, it does not read.

use std::iter::Peekable;
use std::str::CharIndices;

/// A word of a script.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Token<'t> {
    pub(super) sort: Sort<'t>,
    /// The byte where it begins.
    pub(super) start: usize,
    /// The byte after it.
    pub(super) end: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sort<'t> {
    Name(&'t str),
    /// A number, a text, a character.
    Literal,
    Sign(char),
    /// A text in a way that is not for options: with values in it, or raw. Or one that does not end.
    Strange(&'static str),
}

/// The words of a text, without comments.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { text, chars: text.char_indices().peekable() };
    let mut tokens = Vec::new();
    while let Some((start, first)) = lexer.chars.next() {
        if first.is_whitespace() || lexer.comment(first) {
            continue;
        }
        let sort = lexer.sort(start, first);
        tokens.push(Token { sort, start, end: lexer.place() });
    }
    tokens
}

struct Lexer<'t> {
    text: &'t str,
    chars: Peekable<CharIndices<'t>>,
}

impl<'t> Lexer<'t> {
    /// The byte of the next character.
    fn place(&mut self) -> usize {
        self.chars.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn next_is(&mut self, wanted: char) -> bool {
        self.chars.next_if(|(_, it)| *it == wanted).is_some()
    }

    /// Passes over a comment, if one begins with this character.
    fn comment(&mut self, first: char) -> bool {
        if first != '/' {
            return false;
        }
        if self.next_is('/') {
            while self.chars.next_if(|(_, it)| *it != '\n').is_some() {}
            return true;
        }
        if !self.next_is('*') {
            return false;
        }
        let mut depth = 1_usize;
        while let Some((_, it)) = self.chars.next() {
            match it {
                '/' if self.next_is('*') => depth = depth.saturating_add(1),
                '*' if self.next_is('/') => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        true
    }

    fn sort(&mut self, start: usize, first: char) -> Sort<'t> {
        let in_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
        match first {
            '"' | '\'' => self.quoted(first),
            '`' => {
                while self.chars.next_if(|(_, it)| *it != '`').is_some() {}
                self.chars.next();
                Sort::Strange("a text stands in \"…\" here, without values in it")
            }
            '#' => Sort::Strange("`#` has no meaning here"),
            it if it.is_ascii_digit() => {
                while self.chars.next_if(|(_, it)| in_name(*it)).is_some() {}
                Sort::Literal
            }
            it if in_name(it) => {
                while self.chars.next_if(|(_, it)| in_name(*it)).is_some() {}
                let end = self.place();
                Sort::Name(self.text.get(start..end).unwrap_or_default())
            }
            it => Sort::Sign(it),
        }
    }

    fn quoted(&mut self, quote: char) -> Sort<'t> {
        while let Some((_, it)) = self.chars.next_if(|(_, it)| *it != '\n') {
            if it == quote {
                return Sort::Literal;
            }
            if it == '\\' {
                self.chars.next();
            }
        }
        Sort::Strange("the text has no end in its line")
    }
}
