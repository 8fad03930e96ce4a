"""The numerics that the server sends, by their names: each with what it says and the spec it follows.

One line each, in the order of the numbers; docs/irc.md is made from them (`python -m chatstore.irc.reference`).
"""

from __future__ import annotations


class Numeric(str):
    """`spec` names the document, "Modern" being the Modern IRC client protocol ("Numerics")."""

    says: str
    spec: str

    def __new__(cls, number: str, says: str, spec: str = "Modern") -> Numeric:
        numeric = super().__new__(cls, number)
        numeric.says, numeric.spec = says, spec
        return numeric


RPL_WELCOME = Numeric("001", "the first word after registration, with the mask others see")
RPL_YOURHOST = Numeric("002", "the server's name and version")
RPL_CREATED = Numeric("003", "since when the server runs")
RPL_MYINFO = Numeric("004", "the server's name, version and mode letters")
RPL_ISUPPORT = Numeric("005", "what the server supports: the tokens above")
RPL_UMODEIS = Numeric("221", "one's own modes")
RPL_AWAY = Numeric("301", "somebody is away, and why")
RPL_UNAWAY = Numeric("305", "one is no longer away")
RPL_NOWAWAY = Numeric("306", "one is away")
RPL_WHOISUSER = Numeric("311", "who somebody is: nick, user, host, real name")
RPL_WHOISSERVER = Numeric("312", "which server somebody is on")
RPL_ENDOFWHO = Numeric("315", "the end of WHO")
RPL_WHOISIDLE = Numeric("317", "how long somebody has been silent, and since when connected")
RPL_ENDOFWHOIS = Numeric("318", "the end of WHOIS")
RPL_WHOISCHANNELS = Numeric("319", "the rooms somebody is in, of those the asker may see")
RPL_LISTSTART = Numeric("321", "the beginning of LIST")
RPL_LIST = Numeric("322", "a room, how many are in it, its topic")
RPL_LISTEND = Numeric("323", "the end of LIST")
RPL_CHANNELMODEIS = Numeric("324", "a room's modes")
RPL_CREATIONTIME = Numeric("329", "when a room was made")
RPL_WHOISACCOUNT = Numeric("330", "the account somebody is logged in to")
RPL_NOTOPIC = Numeric("331", "a room has no topic")
RPL_TOPIC = Numeric("332", "a room's topic")
RPL_TOPICWHOTIME = Numeric("333", "who set the topic, and when")
RPL_INVITING = Numeric("341", "an invitation was sent")
RPL_WHOREPLY = Numeric("352", "a person found by WHO")
RPL_NAMREPLY = Numeric("353", "who is in a room, with prefixes")
RPL_ENDOFNAMES = Numeric("366", "the end of NAMES")
RPL_BANLIST = Numeric("367", "a ban, who set it and when")
RPL_ENDOFBANLIST = Numeric("368", "the end of the bans")
RPL_MOTD = Numeric("372", "a line of the message of the day")
RPL_MOTDSTART = Numeric("375", "the beginning of the message of the day")
RPL_ENDOFMOTD = Numeric("376", "the end of the message of the day")
ERR_UNKNOWNERROR = Numeric("400", "a refusal that has no numeric of its own, for clients without standard-replies")
ERR_NOSUCHNICK = Numeric("401", "nobody has that nick")
ERR_NOSUCHCHANNEL = Numeric("403", "there is no such room for the asker")
ERR_CANNOTSENDTOCHAN = Numeric("404", "one may not speak there")
ERR_TOOMANYCHANNELS = Numeric("405", "one is in too many rooms")
ERR_TOOMANYTARGETS = Numeric("407", "a message to too many at once")
ERR_NOORIGIN = Numeric("409", "a PING or PONG without a token")
ERR_INVALIDCAPCMD = Numeric("410", "CAP has no such subcommand")
ERR_NORECIPIENT = Numeric("411", "a message to nobody")
ERR_NOTEXTTOSEND = Numeric("412", "a message without text")
ERR_INPUTTOOLONG = Numeric("417", "a line or message longer than may be")
ERR_UNKNOWNCOMMAND = Numeric("421", "there is no such command")
ERR_NOMOTD = Numeric("422", "there is no message of the day")
ERR_NONICKNAMEGIVEN = Numeric("431", "NICK without a nick")
ERR_ERRONEUSNICKNAME = Numeric("432", "that can't be a nick")
ERR_NICKNAMEINUSE = Numeric("433", "the nick is somebody else's")
ERR_USERNOTINCHANNEL = Numeric("441", "they are not in that room")
ERR_NOTONCHANNEL = Numeric("442", "one is not in that room")
ERR_USERONCHANNEL = Numeric("443", "they are in that room already")
ERR_NOTREGISTERED = Numeric("451", "only after registration")
ERR_NEEDMOREPARAMS = Numeric("461", "too few parameters")
ERR_ALREADYREGISTERED = Numeric("462", "only before registration")
ERR_PASSWDMISMATCH = Numeric("464", "a wrong password, or one that is missing")
ERR_CHANNELISFULL = Numeric("471", "the room is full (+l)")
ERR_UNKNOWNMODE = Numeric("472", "there is no such room mode")
ERR_INVITEONLYCHAN = Numeric("473", "the room is for the invited (+i)")
ERR_BANNEDFROMCHAN = Numeric("474", "one is banned there (+b)")
ERR_BADCHANNELKEY = Numeric("475", "a wrong key, or none (+k)")
ERR_BANLISTFULL = Numeric("478", "the room's list is full")
ERR_CHANOPRIVSNEEDED = Numeric("482", "only operators of the room may do that")
ERR_UMODEUNKNOWNFLAG = Numeric("501", "there is no such user mode")
ERR_USERSDONTMATCH = Numeric("502", "modes of others are not one's own to see or set")
ERR_INVALIDKEY = Numeric("525", "that can't be a key")
ERR_INVALIDMODEPARAM = Numeric("696", "that can't be the mode's parameter")
RPL_LOGGEDIN = Numeric("900", "one is logged in to an account", "IRCv3 sasl-3.1")
RPL_SASLSUCCESS = Numeric("903", "SASL succeeded", "IRCv3 sasl-3.1")
ERR_SASLFAIL = Numeric("904", "SASL failed", "IRCv3 sasl-3.1")
ERR_SASLTOOLONG = Numeric("905", "a SASL message is too long", "IRCv3 sasl-3.1")
ERR_SASLABORTED = Numeric("906", "SASL was aborted", "IRCv3 sasl-3.1")
ERR_SASLALREADY = Numeric("907", "one is logged in already", "IRCv3 sasl-3.1")
RPL_SASLMECHS = Numeric("908", "the SASL mechanisms there are", "IRCv3 sasl-3.1")
