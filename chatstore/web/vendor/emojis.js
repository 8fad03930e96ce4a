/* emojibase-data 17.0.0, MIT: licences/emojibase-data.txt */
export const GROUPS = [
  ["Smileys & emotion", `😀	grinning grinning_face	cheerful cheery grin happy laugh nice smile smiling teeth
😃	smiley grinning_face_with_big_eyes	awesome grin happy mouth open smile smiling teeth yay
😄	smile grinning_face_with_closed_eyes	smiling eye grin happy laugh lol mouth open
😁	grin beaming_face	with smiling eyes eye grinning happy nice smile teeth
😆	laughing satisfied lol squinting_face	grinning closed eyes haha hahaha happy laugh mouth open rofl smile smiling
😅	sweat_smile grinning_face_with_sweat	cold dejected excited mouth nervous open smiling stress stressed
🤣	rofl	rolling on the floor laughing crying face funny haha happy hehe hilarious joy laugh lmao lol roflmao tear
😂	joy lmao tears_of_joy	face with crying feels funny haha happy hehe hilarious laugh lol rofl roflmao tear
🙂	slightly_smiling_face	happy smile
🙃	upside_down_face	hehe smile
🫠	melting_face melt	disappear dissolve embarrassed haha heat hot liquid lol sarcasm sarcastic
😉	wink winking_face	flirt heartbreaker sexy slide tease winks
😊	blush smiling_face_with_closed_eyes	eye glad satisfied smile
😇	innocent halo	smiling face with angel angelic angels blessed fairy fairytale fantasy happy peaceful smile spirit tale
🥰	smiling_face_with_three_hearts smiling_face_with_3_hearts	adore crush heart ily love romance smile you
😍	heart_eyes smiling_face_with_heart_eyes	143 bae eye feels hearts ily kisses love romance romantic smile xoxo
🤩	star_struck	excited eyes face grinning smile starry eyed wow
😘	kissing_heart blowing_a_kiss	face adorbs bae flirt ily love lover miss muah romantic smooch xoxo you
😗	kissing kissing_face	143 date dating flirt ily kiss love smooch smooches xoxo you
☺️	relaxed smiling_face	happy outlined smile
😚	kissing_closed_eyes kissing_face_with_closed_eyes	143 bae blush date dating eye flirt ily kisses smooches xoxo
😙	kissing_smiling_eyes kissing_face_with_smiling_eyes	143 closed date dating eye flirt ily kiss kisses love night smile
🥲	smiling_face_with_tear	glad grateful happy joy pain proud relieved smile smiley touched
😋	yum savoring_food	face delicious eat full hungry savor smile smiling tasty um yummy
😛	stuck_out_tongue face_with_tongue	awesome cool nice party sweet
😜	stuck_out_tongue_winking_eye	face with crazy epic funny joke loopy nutty party wacky weirdo wink yolo
🤪	zany_face zany	crazy eye eyes goofy large small
😝	stuck_out_tongue_closed_eyes	squinting face with eye gross horrible omg taste whatever yolo
🤑	money_mouth_face	paid
🤗	hugs hug hugging hugging_face	smiling with open hands
🤭	hand_over_mouth face_with_hand_over_mouth	giggle giggling oops realization secret shock sudden surprise whoops
🫢	face_with_open_eyes_and_hand_over_mouth face_with_open_eyes_hand_over_mouth gasp	amazement awe disbelief embarrass omg quiet scared shock surprise
🫣	face_with_peeking_eye peek	captivated embarrass hide hiding peep scared shy stare
🤫	shushing_face shush	quiet shh
🤔	thinking thinking_face wtf	chin consider hmm ponder pondering wondering
🫡	saluting_face salute	good luck ma am ok respect sir troops yes
🤐	zipper_mouth_face zipper_mouth	keep quiet secret shut zip
🤨	raised_eyebrow face_with_raised_eyebrow	disapproval disbelief distrust emoji hmm mild skeptic skeptical skepticism surprise what
😐	neutral_face neutral	awkward blank deadpan expressionless fine jealous meh oh shade straight unamused unhappy unimpressed whatever
😑	expressionless expressionless_face	awkward dead fine inexpressive jealous meh not oh omg straight uh unhappy unimpressed whatever
😶	no_mouth	face without awkward blank expressionless mouthless mute quiet secret silence silent speechless
🫥	dotted_line_face	depressed disappear hidden hide introvert invisible meh whatever wtv
😶‍🌫️	face_in_clouds in_clouds	absentminded fog head
😏	smirk smirking smirking_face	boss dapper flirt homie kidding leer shade slick sly smug snicker suave suspicious swag
😒	unamused unamused_face	bored fine jealous jel jelly pissed smh ugh uhh unhappy weird whatever
🙄	roll_eyes rolling_eyes	face with eyeroll shade ugh whatever
😬	grimacing grimacing_face	awk awkward dentist grimace grinning smile smiling
😮‍💨	face_exhaling exhale exhaling	blow blowing exhausted gasp groan relief sigh smiley smoke whisper whistle
🤥	lying_face lying	liar lie pinocchio
🫨	shaking_face shaking	crazy daze earthquake omg panic shock surprise vibrate whoa wow
🙂‍↔️	head_shaking_horizontally	no shake
🙂‍↕️	head_shaking_vertically	nod yes
😌	relieved relieved_face	calm peace relief zen
😔	pensive pensive_face	awful bored dejected died disappointed losing lost sad sucks
😪	sleepy sleepy_face	crying good night sad sleep sleeping tired
🤤	drooling_face drooling	
😴	sleeping sleeping_face	bed bedtime good goodnight nap night sleep tired whatever yawn zzz
🫩	face_with_eye_bags	under eyes bored exhausted fatigued late sleepy tired weary
😷	mask medical_mask	face with cold dentist dermatologist doctor dr germs medicine sick
🤒	face_with_thermometer	ill sick
🤕	face_with_head_bandage	hurt injury ouch
🤢	nauseated_face nauseated	gross nasty sick vomit
🤮	vomiting_face face_vomiting vomiting	barf ew gross puke sick spew throw up vomit
🤧	sneezing_face sneezing	fever flu gesundheit sick sneeze
🥵	hot_face hot	dying feverish heat panting red faced stroke sweating tongue
🥶	cold_face cold	blue faced freezing frostbite icicles subzero teeth
🥴	woozy_face woozy	dizzy drunk eyes intoxicated mouth tipsy uneven wavy
😵	dizzy_face knocked_out	with crossed eyes dead feels sick tired
😵‍💫	face_with_spiral_eyes dizzy_eyes	confused hypnotized omg smiley trouble whoa woah woozy
🤯	exploding_head	blown explode mind mindblown no shocked way
🤠	cowboy_hat_face cowboy cowboy_face	cowgirl
🥳	partying_face hooray partying	bday birthday celebrate celebration excited happy hat horn party
🥸	disguised_face disguised	disguise eyebrow glasses incognito moustache mustache nose person spy tache tash
😎	sunglasses smiling_face_with_sunglasses sunglasses_cool too_cool	awesome beach bright bro chilling rad relaxed shades slay smile style swag win
🤓	nerd_face nerd	brainy clever expert geek gifted glasses intelligent smart
🧐	monocle_face face_with_monocle	classy fancy rich stuffy wealthy
😕	confused confused_face	befuddled confusing dunno frown hm meh not sad sorry sure
🫤	face_with_diagonal_mouth	confused confusion disappointed doubt doubtful frustrated frustration meh skeptical unsure whatever wtv
😟	worried worried_face	anxious butterflies nerves nervous sad stress stressed surprised worry
🙁	slightly_frowning_face	frown sad
☹️	frowning_face white_frowning_face	frown sad
😮	open_mouth face_with_open_mouth	believe forgot omg shocked surprised sympathy unbelievable unreal whoa wow you
😯	hushed hushed_face	epic omg stunned surprised whoa woah
😲	astonished astonished_face	cost no omg shocked totally way
😳	flushed flushed_face	amazed awkward crazy dazed dead disbelief embarrassed geez heat hot impressed jeez what wow
🫪	distorted_face	anxiety bloated panic shocked surprised vulnerable
🥺	pleading_face pleading	begging big eyes mercy not please pretty puppy sad why
🥹	face_holding_back_tears watery_eyes	admiration aww cry embarrassed feelings grateful gratitude joy please proud resist sad
😦	frowning frowning_face	with open mouth caught frown guard scared scary surprise what wow
😧	anguished anguished_face	forgot scared scary stressed surprise unhappy what wow
😨	fearful fearful_face	afraid anxious blame fear scared worried
😰	cold_sweat anxious anxious_face	with blue eek mouth nervous open rushed scared yikes
😥	disappointed_relieved sad_relieved_face	but anxious call close complicated not sweat time whew
😢	cry crying_face	awful feels miss sad tear triste unhappy
😭	sob loudly_crying_face	bawling cry sad tear tears unhappy
😱	scream screaming_in_fear	face epic fearful munch scared screamer shocked surprised woah
😖	confounded confounded_face	annoyed confused cringe distraught feels frustrated mad sad
😣	persevere persevering_face	concentrate concentration focus headache
😞	disappointed disappointed_face	awful blame dejected fail losing sad unhappy
😓	sweat downcast_face	with close cold feels headache nervous sad scared yikes
😩	weary weary_face	crying fail feels hungry mad nooo sad sleepy tired unhappy
😫	tired_face tired	cost feels nap sad sneeze
🥱	yawning_face yawn yawning	bedtime bored goodnight nap night sleep sleepy tired whatever zzz
😤	triumph nose_steam	face with from anger angry feels fume fuming furious fury mad unhappy won
😡	pout rage pouting_face	enraged anger angry feels mad maddening red shade unhappy upset
😠	angry angry_face	anger blame feels frustrated mad maddening rage shade unhappy upset
🤬	cursing_face censored face_with_symbols_on_mouth	censor cussing mad pissed swearing
😈	smiling_imp	face with horns demon devil evil fairy fairytale fantasy purple shade smile tale
👿	imp angry_imp	face with horns demon devil evil fairy fairytale fantasy mischievous purple shade tale
💀	skull	body dead death face fairy fairytale i m lmao monster tale yolo
☠️	skull_and_crossbones	bone dead death face monster
💩	hankey poop shit	pile of poo bs comic doo dung face fml monster smelly smh stink stinks stinky turd
🤡	clown_face clown	
👹	japanese_ogre ogre	creature devil face fairy fairytale fantasy mask monster scary tale
👺	japanese_goblin goblin	angry creature face fairy fairytale fantasy mask mean monster tale
👻	ghost	boo creature excited face fairy fairytale fantasy halloween haunting monster scary silly tale
👽	alien	creature extraterrestrial face fairy fairytale fantasy monster space tale ufo
👾	space_invader alien_monster	creature extraterrestrial face fairy fairytale fantasy game gamer games pixelated tale ufo
🤖	robot robot_face	monster
😺	smiley_cat grinning_cat	animal face mouth open smile smiling
😸	smile_cat grinning_cat_with_closed_eyes	smiling animal eye face grin
😹	joy_cat tears_of_joy_cat	with animal face laugh laughing lol tear
😻	heart_eyes_cat smiling_cat_with_heart_eyes	animal eye face love smile
😼	smirk_cat wry_smile_cat	with animal face ironic
😽	kissing_cat	animal closed eye eyes face kiss
🙀	scream_cat weary_cat	animal face oh surprised
😿	crying_cat_face crying_cat	animal cry sad tear
😾	pouting_cat	animal face
🙈	see_no_evil	monkey embarrassed face forbidden forgot gesture hide omg prohibited scared secret smh watch
🙉	hear_no_evil	monkey animal ears face forbidden gesture listen not prohibited secret shh tmi
🙊	speak_no_evil	monkey animal face forbidden gesture not oops prohibited quiet secret stealth
💌	love_letter	heart mail romance valentine
💘	cupid heart_with_arrow	143 adorbs date emotion ily love romance valentine
💝	gift_heart heart_with_ribbon	143 anniversary emotion ily kisses valentine xoxo
💖	sparkling_heart	143 emotion excited good ily kisses morning night sparkle xoxo
💗	heartpulse growing_heart	143 emotion excited ily kisses muah nervous pulse xoxo
💓	heartbeat beating_heart	143 cardio emotion ily love pulsating pulse
💞	revolving_hearts	143 adorbs anniversary emotion heart
💕	two_hearts	143 anniversary date dating emotion heart ily kisses love loving xoxo
💟	heart_decoration	143 emotion hearth purple white
❣️	heavy_heart_exclamation heart_exclamation	mark punctuation
💔	broken_heart	break crushed emotion heartbroken lonely sad
❤️‍🔥	heart_on_fire	burn love lust sacred
❤️‍🩹	mending_heart	healthier improving recovering recuperating well
❤️	heart red_heart	emotion love
🩷	pink_heart	143 adorable cute emotion ily like love special sweet
🧡	orange_heart	143
💛	yellow_heart	143 cardiac emotion ily love
💚	green_heart	143 emotion ily love romantic
💙	blue_heart	143 emotion ily love romance
🩵	light_blue_heart	143 cute cyan emotion ily like love sky special teal
💜	purple_heart	143 bestest emotion ily love
🤎	brown_heart	143
🖤	black_heart	evil wicked
🩶	grey_heart gray_heart	143 emotion ily love silver slate special
🤍	white_heart	143
💋	kiss	mark dating emotion heart kissing lips romance sexy
💯	100	hundred points a agree clearly definitely faithful fleek full keep perfect point score true truth yup
💢	anger	symbol angry comic mad upset
🫯	fight_cloud	argument brawl debate disagreement ruckus wrestle
💥	boom collision	bomb collide comic explode
💫	dizzy	comic shining shooting star stars
💦	sweat_drops	droplets comic drip droplet splashing squirt water wet work workout
💨	dash dashing_away	cloud comic fart fast go gone gotta running smoke
🕳️	hole	
💬	speech_balloon	bubble comic dialog message sms talk text typing
👁️‍🗨️	eye_speech_bubble eye_in_speech_bubble	balloon witness
🗨️	left_speech_bubble	balloon dialog
🗯️	right_anger_bubble	angry balloon mad
💭	thought_balloon	bubble cartoon cloud comic daydream decisions dream idea invent invention realize think thoughts wonder
💤	zzz	comic good goodnight night sleep sleeping sleepy tired`],
  ["People & body", `👋	wave waving_hand	bye cya g2g greetings gtg hello hey hi later outtie ttfn ttyl yo you
🤚	raised_back_of_hand	backhand
🖐️	raised_hand_with_fingers_splayed	finger stop
✋	hand raised_hand high_five	5 stop
🖖	vulcan_salute vulcan	finger hand hands
🫱	rightwards_hand	handshake hold reach right rightward shake
🫲	leftwards_hand	handshake hold left leftward reach shake
🫳	palm_down_hand palm_down	dismiss drop dropped pick shoo up
🫴	palm_up_hand palm_up	beckon catch come hold know lift me offer tell
🫷	leftwards_pushing_hand	block five halt high hold leftward pause push refuse slap stop wait
🫸	rightwards_pushing_hand	block five halt high hold pause push refuse rightward slap stop wait
👌	ok_hand	awesome bet dope fleek fosho got gotcha legit okay pinch rad sure sweet three
🤌	pinched_fingers pinch	gesture hand hold huh interrogation patience relax sarcastic ugh what zip
🤏	pinching_hand	amount bit fingers little small sort
✌️	v victory	hand peace
🤞	crossed_fingers fingers_crossed	cross finger hand luck
🫰	hand_with_index_finger_and_thumb_crossed	3 expensive heart love money snap
🤟	love_you_gesture	fingers hand ily three
🤘	metal sign_of_the_horns	finger hand rock on
🤙	call_me_hand	hang loose shaka
👈	point_left	backhand index pointing finger hand
👉	point_right	backhand index pointing finger hand
👆	point_up_2 point_up	backhand index pointing finger hand
🖕	fu middle_finger	hand
👇	point_down	backhand index pointing finger hand
☝️	point_up point_up_2	index pointing finger hand this
🫵	index_pointing_at_the_viewer point_forward	finger hand poke you
👍	+1 thumbsup yes	thumbs up 1 good hand like thumb
👎	-1 thumbsdown no	thumbs down 1 bad dislike good hand nope thumb
✊	fist fist_raised	clenched hand punch solidarity
👊	facepunch fist_oncoming punch	absolutely agree boom bro bruh bump clenched correct hand knuckle pound rock ttyl
🤛	fist_left left_facing_fist	leftwards
🤜	fist_right right_facing_fist	rightwards
👏	clap clapping_hands	applause approval awesome congrats congratulations excited good great hand homie job nice prayed well yay
🙌	raised_hands	raising celebration gesture hand hooray praise
🫶	heart_hands	3 love you
👐	open_hands	hand hug jazz swerve
🤲	palms_up_together	cupped dua hands pray prayer wish
🤝	handshake	agreement deal hand meeting shake
🙏	pray folded_hands	appreciate ask beg blessed bow cmon five gesture hand high please thanks thx
✍️	writing_hand	write
💅	nail_care nail_polish	bored cosmetics done makeup manicure whatever
🤳	selfie	camera phone
💪	muscle right_bicep	flexed biceps arm beast bench bodybuilder bro curls flex gains gym jacked press ripped strong weightlift
🦾	mechanical_arm	accessibility prosthetic
🦿	mechanical_leg	accessibility prosthetic
🦵	leg	bent foot kick knee limb
🦶	foot	ankle feet kick stomp
👂	ear	body ears hear hearing listen listening sound
🦻	ear_with_hearing_aid hearing_aid	accessibility hard
👃	nose	body noses nosey odor smell smells
🧠	brain	intelligent smart
🫀	anatomical_heart	beat cardiology heartbeat organ pulse real red
🫁	lungs	breath breathe exhalation inhalation lung organ respiration
🦷	tooth	dentist pearly teeth white
🦴	bone	bones dog skeleton wishbone
👀	eyes	body eye face googly look looking omg peep see seeing
👁️	eye	1 body one
👅	tongue	body lick slurp
👄	lips mouth	beauty body kiss kissing lipstick
🫦	biting_lip	anxious bite fear flirt flirting kiss lipstick nervous sexy uncomfortable worried worry
👶	baby	babies children goo infant newborn pregnant young
🧒	child	bright eyed grandchild kid young younger
👦	boy	bright eyed child grandson kid son young younger
👧	girl	bright eyed child daughter granddaughter kid virgo young younger zodiac
🧑	adult	person
👱	blond_haired_person blond_haired	hair human
👨	man	adult bro
🧔	bearded_person person_bearded	beard whiskers
🧔‍♂️	man_beard man_bearded	whiskers
🧔‍♀️	woman_beard woman_bearded	whiskers
👨‍🦰	red_haired_man man_red_haired	hair adult bro
👨‍🦱	curly_haired_man man_curly_haired	hair adult bro
👨‍🦳	white_haired_man man_white_haired	hair adult bro
👨‍🦲	bald_man man_bald	adult bro
👩	woman	adult lady
👩‍🦰	red_haired_woman woman_red_haired	hair adult lady
🧑‍🦰	person_red_hair red_haired	adult
👩‍🦱	curly_haired_woman woman_curly_haired	hair adult lady
🧑‍🦱	person_curly_hair curly_haired	adult
👩‍🦳	white_haired_woman woman_white_haired	hair adult lady
🧑‍🦳	person_white_hair white_haired	adult
👩‍🦲	bald_woman woman_bald	adult lady
🧑‍🦲	person_bald bald	adult
👱‍♀️	blond_haired_woman blonde_woman woman_blond_haired	hair
👱‍♂️	blond_haired_man man_blond_haired	hair
🧓	older_adult	person elderly grandparent old wise
👴	older_man	old adult bald elderly gramps grandfather grandpa wise
👵	older_woman	old adult elderly grandma grandmother granny lady wise
🙍	frowning_person person_frowning	annoyed disappointed disgruntled disturbed frown frustrated gesture irritated upset
🙍‍♂️	frowning_man man_frowning	annoyed disappointed disgruntled disturbed frown frustrated gesture irritated upset
🙍‍♀️	frowning_woman woman_frowning	annoyed disappointed disgruntled disturbed frown frustrated gesture irritated upset
🙎	pouting_face person_pouting pouting	disappointed downtrodden frown grimace scowl sulk upset whine
🙎‍♂️	pouting_man man_pouting	disappointed downtrodden frown grimace scowl sulk upset whine
🙎‍♀️	pouting_woman woman_pouting	disappointed downtrodden frown grimace scowl sulk upset whine
🙅	no_good person_gesturing_no	forbidden gesture hand not prohibit
🙅‍♂️	ng_man no_good_man man_gesturing_no	forbidden gesture hand not prohibit
🙅‍♀️	ng_woman no_good_woman woman_gesturing_no	forbidden gesture hand not prohibit
🙆	ok_person all_good person_gesturing_ok	exercise gesture hand omg
🙆‍♂️	ok_man man_gesturing_ok	exercise gesture hand omg
🙆‍♀️	ok_woman woman_gesturing_ok	exercise gesture hand omg
💁	information_desk_person tipping_hand_person person_tipping_hand	fetch flick flip gossip sarcasm sarcastic sassy seriously whatever
💁‍♂️	sassy_man tipping_hand_man man_tipping_hand	fetch flick flip gossip sarcasm sarcastic seriously whatever
💁‍♀️	sassy_woman tipping_hand_woman woman_tipping_hand	fetch flick flip gossip sarcasm sarcastic seriously whatever
🙋	raising_hand person_raising_hand	gesture here know me pick question raise
🙋‍♂️	raising_hand_man man_raising_hand	gesture here know me pick question raise
🙋‍♀️	raising_hand_woman woman_raising_hand	gesture here know me pick question raise
🧏	deaf_person	accessibility ear gesture hear
🧏‍♂️	deaf_man	accessibility ear gesture hear
🧏‍♀️	deaf_woman	accessibility ear gesture hear
🙇	bow person_bowing	apology ask beg favor forgive gesture meditate meditation pity regret sorry
🙇‍♂️	bowing_man man_bowing	apology ask beg bow favor forgive gesture meditate meditation pity regret sorry
🙇‍♀️	bowing_woman woman_bowing	apology ask beg bow favor forgive gesture meditate meditation pity regret sorry
🤦	facepalm person_facepalming	again bewilder disbelief exasperation no not oh omg shock smh
🤦‍♂️	man_facepalming	again bewilder disbelief exasperation facepalm no not oh omg shock smh
🤦‍♀️	woman_facepalming	again bewilder disbelief exasperation facepalm no not oh omg shock smh
🤷	shrug person_shrugging	doubt dunno guess idk ignorance indifference knows maybe whatever who
🤷‍♂️	man_shrugging	doubt dunno guess idk ignorance indifference knows maybe shrug whatever who
🤷‍♀️	woman_shrugging	doubt dunno guess idk ignorance indifference knows maybe shrug whatever who
🧑‍⚕️	health_worker	doctor healthcare nurse therapist
👨‍⚕️	man_health_worker	doctor healthcare nurse therapist
👩‍⚕️	woman_health_worker	doctor healthcare nurse therapist
🧑‍🎓	student	graduate
👨‍🎓	man_student	graduate
👩‍🎓	woman_student	graduate
🧑‍🏫	teacher	instructor lecturer professor
👨‍🏫	man_teacher	instructor lecturer professor
👩‍🏫	woman_teacher	instructor lecturer professor
🧑‍⚖️	judge	justice law scales
👨‍⚖️	man_judge	justice law scales
👩‍⚖️	woman_judge	justice law scales
🧑‍🌾	farmer	gardener rancher
👨‍🌾	man_farmer	gardener rancher
👩‍🌾	woman_farmer	gardener rancher
🧑‍🍳	cook	chef
👨‍🍳	man_cook	chef
👩‍🍳	woman_cook	chef
🧑‍🔧	mechanic	electrician plumber tradesperson
👨‍🔧	man_mechanic	electrician plumber tradesperson
👩‍🔧	woman_mechanic	electrician plumber tradesperson
🧑‍🏭	factory_worker	assembly industrial
👨‍🏭	man_factory_worker	assembly industrial
👩‍🏭	woman_factory_worker	assembly industrial
🧑‍💼	office_worker	architect business manager white collar
👨‍💼	man_office_worker	architect business manager white collar
👩‍💼	woman_office_worker	architect business manager white collar
🧑‍🔬	scientist	biologist chemist engineer mathematician physicist
👨‍🔬	man_scientist	biologist chemist engineer mathematician physicist
👩‍🔬	woman_scientist	biologist chemist engineer mathematician physicist
🧑‍💻	technologist	coder computer developer inventor software
👨‍💻	man_technologist	coder computer developer inventor software
👩‍💻	woman_technologist	coder computer developer inventor software
🧑‍🎤	singer	actor entertainer rock rockstar star
👨‍🎤	man_singer	actor entertainer rock rockstar star
👩‍🎤	woman_singer	actor entertainer rock rockstar star
🧑‍🎨	artist	palette
👨‍🎨	man_artist	palette
👩‍🎨	woman_artist	palette
🧑‍✈️	pilot	plane
👨‍✈️	man_pilot	plane
👩‍✈️	woman_pilot	plane
🧑‍🚀	astronaut	rocket space
👨‍🚀	man_astronaut	rocket space
👩‍🚀	woman_astronaut	rocket space
🧑‍🚒	firefighter	fire firetruck
👨‍🚒	man_firefighter	fire firetruck
👩‍🚒	woman_firefighter	fire firetruck
👮	cop police_officer	apprehend arrest citation law over pulled undercover
👮‍♂️	policeman man_police_officer	apprehend arrest citation cop law over pulled undercover
👮‍♀️	policewoman woman_police_officer	apprehend arrest citation cop law over pulled undercover
🕵️	detective	sleuth spy
🕵️‍♂️	male_detective man_detective	sleuth spy
🕵️‍♀️	female_detective woman_detective	sleuth spy
💂	guard	buckingham helmet london palace
💂‍♂️	guardsman man_guard	buckingham helmet london palace
💂‍♀️	guardswoman woman_guard	buckingham helmet london palace
🥷	ninja	assassin fight fighter hidden person secret skills sly soldier stealth war
👷	construction_worker	build fix hardhat hat man person rebuild remodel repair work
👷‍♂️	construction_worker_man man_construction_worker	build fix hardhat hat rebuild remodel repair work
👷‍♀️	construction_worker_woman woman_construction_worker	build fix hardhat hat man rebuild remodel repair work
🫅	person_with_crown royalty	monarch noble regal royal
🤴	prince	crown fairy fairytale fantasy king royal royalty tale
👸	princess	crown fairy fairytale fantasy queen royal royalty tale
👳	person_with_turban person_wearing_turban	
👳‍♂️	man_with_turban man_wearing_turban	
👳‍♀️	woman_with_turban woman_wearing_turban	
👲	man_with_gua_pi_mao person_with_skullcap	cap chinese guapi hat
🧕	woman_with_headscarf	bandana head hijab kerchief mantilla tichel
🤵	person_in_tuxedo	formal wedding
🤵‍♂️	man_in_tuxedo	formal groom wedding
🤵‍♀️	woman_in_tuxedo	formal wedding
👰	person_with_veil	wedding
👰‍♂️	man_with_veil	wedding
👰‍♀️	bride_with_veil woman_with_veil	wedding
🤰	pregnant_woman	
🫃	pregnant_man	belly bloated full overeat
🫄	pregnant_person	belly bloated full overeat stuffed
🤱	breast_feeding	baby mom mother nursing woman
👩‍🍼	woman_feeding_baby	feed mom mother nanny newborn nursing
👨‍🍼	man_feeding_baby	dad father feed nanny newborn nursing
🧑‍🍼	person_feeding_baby	feed nanny newborn nursing parent
👼	angel	baby church face fairy fairytale fantasy tale
🎅	santa	claus celebration christmas fairy fantasy father holiday merry tale xmas
🤶	mrs_claus	celebration christmas fairy fantasy holiday merry mother santa tale xmas
🧑‍🎄	mx_claus	celebration christmas fairy fantasy holiday merry santa tale xmas
🦸	superhero	good hero superpower
🦸‍♂️	superhero_man man_superhero	good hero superpower
🦸‍♀️	superhero_woman woman_superhero	good hero heroine superpower
🦹	supervillain	bad criminal evil superpower villain
🦹‍♂️	supervillain_man man_supervillain	bad criminal evil superpower villain
🦹‍♀️	supervillain_woman woman_supervillain	bad criminal evil superpower villain
🧙	mage	fantasy magic play sorcerer sorceress sorcery spell summon witch wizard
🧙‍♂️	mage_man man_mage	fantasy magic play sorcerer sorceress sorcery spell summon witch wizard
🧙‍♀️	mage_woman woman_mage	fantasy magic play sorcerer sorceress sorcery spell summon witch wizard
🧚	fairy	fairytale fantasy myth person pixie tale wings
🧚‍♂️	fairy_man man_fairy	fairytale fantasy myth oberon person pixie puck tale wings
🧚‍♀️	fairy_woman woman_fairy	fairytale fantasy myth person pixie tale titania wings
🧛	vampire	blood dracula fangs halloween scary supernatural teeth undead
🧛‍♂️	vampire_man man_vampire	blood fangs halloween scary supernatural teeth undead
🧛‍♀️	vampire_woman woman_vampire	blood fangs halloween scary supernatural teeth undead
🧜	merperson	creature fairytale folklore ocean sea siren trident
🧜‍♂️	merman	creature fairytale folklore neptune ocean poseidon sea siren trident triton
🧜‍♀️	mermaid	creature fairytale folklore merwoman ocean sea siren trident
🧝	elf	elves enchantment fantasy folklore magic magical myth
🧝‍♂️	elf_man man_elf	elves enchantment fantasy folklore magic magical myth
🧝‍♀️	elf_woman woman_elf	elves enchantment fantasy folklore magic magical myth
🧞	genie	djinn fantasy jinn lamp myth rub wishes
🧞‍♂️	genie_man man_genie	djinn fantasy jinn lamp myth rub wishes
🧞‍♀️	genie_woman woman_genie	djinn fantasy jinn lamp myth rub wishes
🧟	zombie	apocalypse dead halloween horror scary undead walking
🧟‍♂️	zombie_man man_zombie	apocalypse dead halloween horror scary undead walking
🧟‍♀️	zombie_woman woman_zombie	apocalypse dead halloween horror scary undead walking
🧌	troll	fairy fantasy monster tale trolling
🫈	hairy_creature	bigfoot cryptid forest giant sasquatch woodwose yeti
💆	massage person_getting_massage	face headache relax relaxing salon soothe spa tension therapy treatment
💆‍♂️	massage_man man_getting_massage	face headache relax relaxing salon soothe spa tension therapy treatment
💆‍♀️	massage_woman woman_getting_massage	face headache relax relaxing salon soothe spa tension therapy treatment
💇	haircut person_getting_haircut	barber beauty chop cosmetology cut groom hair parlor shears style
💇‍♂️	haircut_man man_getting_haircut	barber beauty chop cosmetology cut groom hair parlor person shears style
💇‍♀️	haircut_woman woman_getting_haircut	barber beauty chop cosmetology cut groom hair parlor person shears style
🚶	walking person_walking	amble gait hike man pace pedestrian stride stroll walk
🚶‍♂️	walking_man man_walking	amble gait hike pace pedestrian stride stroll walk
🚶‍♀️	walking_woman woman_walking	amble gait hike man pace pedestrian stride stroll walk
🚶‍➡️	person_walking_right	facing amble gait hike man pace pedestrian stride stroll walk
🚶‍♀️‍➡️	woman_walking_right	facing amble gait hike man pace pedestrian stride stroll walk
🚶‍♂️‍➡️	man_walking_right	facing amble gait hike pace pedestrian stride stroll walk
🧍	standing_person person_standing standing	stand
🧍‍♂️	standing_man man_standing	stand
🧍‍♀️	standing_woman woman_standing	stand
🧎	kneeling_person kneeling person_kneeling	kneel knees
🧎‍♂️	kneeling_man man_kneeling	kneel knees
🧎‍♀️	kneeling_woman woman_kneeling	kneel knees
🧎‍➡️	person_kneeling_right	facing kneel knees
🧎‍♀️‍➡️	woman_kneeling_right	facing kneel knees
🧎‍♂️‍➡️	man_kneeling_right	facing kneel knees
🧑‍🦯	person_with_probing_cane person_with_white_cane	accessibility blind
🧑‍🦯‍➡️	person_with_white_cane_right	facing accessibility blind probing
👨‍🦯	man_with_probing_cane man_with_white_cane	accessibility blind
👨‍🦯‍➡️	man_with_white_cane_right	facing accessibility blind probing
👩‍🦯	woman_with_probing_cane woman_with_white_cane	accessibility blind
👩‍🦯‍➡️	woman_with_white_cane_right	facing accessibility blind probing
🧑‍🦼	person_in_motorized_wheelchair	accessibility
🧑‍🦼‍➡️	person_in_motorized_wheelchair_right	facing accessibility
👨‍🦼	man_in_motorized_wheelchair	accessibility
👨‍🦼‍➡️	man_in_motorized_wheelchair_right	facing accessibility
👩‍🦼	woman_in_motorized_wheelchair	accessibility
👩‍🦼‍➡️	woman_in_motorized_wheelchair_right	facing accessibility
🧑‍🦽	person_in_manual_wheelchair	accessibility
🧑‍🦽‍➡️	person_in_manual_wheelchair_right	facing accessibility
👨‍🦽	man_in_manual_wheelchair	accessibility
👨‍🦽‍➡️	man_in_manual_wheelchair_right	facing accessibility
👩‍🦽	woman_in_manual_wheelchair	accessibility
👩‍🦽‍➡️	woman_in_manual_wheelchair_right	facing accessibility
🏃	runner running person_running	fast hurry marathon move quick race racing run rush speed
🏃‍♂️	running_man man_running	fast hurry marathon move quick race racing run rush speed
🏃‍♀️	running_woman woman_running	fast hurry marathon move quick race racing run rush speed
🏃‍➡️	person_running_right	facing fast hurry marathon move quick race racing run rush speed
🏃‍♀️‍➡️	woman_running_right	facing fast hurry marathon move quick race racing run rush speed
🏃‍♂️‍➡️	man_running_right	facing fast hurry marathon move quick race racing run rush speed
🧑‍🩰	ballet_dancer	
💃	dancer woman_dancing	dance elegant festive flair flamenco groove let s salsa tango
🕺	man_dancing	dance dancer elegant festive flair flamenco groove let s salsa tango
🕴️	business_suit_levitating levitate levitating person_in_suit_levitating	
👯	dancers people_with_bunny_ears_partying	bestie bff counterpart dancer double ear identical pair party soulmate twin twinsies
👯‍♂️	dancing_men men_with_bunny_ears_partying	bestie bff counterpart dancer double ear identical pair party people soulmate twin twinsies
👯‍♀️	dancing_women women_with_bunny_ears_partying	bestie bff counterpart dancer double ear identical pair party people soulmate twin twinsies
🧖	sauna_person person_in_steamy_room	day luxurious pamper relax spa steam steambath unwind
🧖‍♂️	sauna_man man_in_steamy_room	day luxurious pamper relax spa steam steambath unwind
🧖‍♀️	sauna_woman woman_in_steamy_room	day luxurious pamper relax spa steam steambath unwind
🧗	climbing person_climbing	climb climber mountain rock scale up
🧗‍♂️	climbing_man man_climbing	climb climber mountain rock scale up
🧗‍♀️	climbing_woman woman_climbing	climb climber mountain rock scale up
🤺	person_fencing fencer fencing	sword
🏇	horse_racing	jockey racehorse riding sport
⛷️	skier person_skiing skiing	ski snow
🏂	snowboarder person_snowboarding snowboarding	ski snow snowboard sport
🏌️	golfing golfer person_golfing	ball birdie caddy driving golf green pga putt range tee
🏌️‍♂️	golfing_man man_golfing	ball birdie caddy driving golf green pga putt range tee
🏌️‍♀️	golfing_woman woman_golfing	ball birdie caddy driving golf green pga putt range tee
🏄	surfer person_surfing surfing	beach ocean sport surf swell waves
🏄‍♂️	surfing_man man_surfing	beach ocean sport surf surfer swell waves
🏄‍♀️	surfing_woman woman_surfing	beach ocean person sport surf surfer swell waves
🚣	rowboat person_rowing_boat	canoe cruise fishing lake oar paddle raft river row
🚣‍♂️	rowing_man man_rowing_boat	canoe cruise fishing lake oar paddle raft river row rowboat
🚣‍♀️	rowing_woman woman_rowing_boat	canoe cruise fishing lake oar paddle raft river row rowboat
🏊	swimmer person_swimming swimming	freestyle sport swim triathlon
🏊‍♂️	swimming_man man_swimming	freestyle sport swim swimmer triathlon
🏊‍♀️	swimming_woman woman_swimming	freestyle man sport swim swimmer triathlon
⛹️	bouncing_ball_person person_bouncing_ball	athletic basketball championship dribble net player throw
⛹️‍♂️	basketball_man bouncing_ball_man man_bouncing_ball	athletic championship dribble net player throw
⛹️‍♀️	basketball_woman bouncing_ball_woman woman_bouncing_ball	athletic championship dribble net player throw
🏋️	weight_lifting person_lifting_weights weight_lifter	barbell bodybuilder deadlift powerlifting weightlifter workout
🏋️‍♂️	weight_lifting_man man_lifting_weights	barbell bodybuilder deadlift lifter powerlifting weightlifter workout
🏋️‍♀️	weight_lifting_woman woman_lifting_weights	barbell bodybuilder deadlift lifter powerlifting weightlifter workout
🚴	bicyclist biking person_biking	bicycle bike cycle cyclist riding sport
🚴‍♂️	biking_man man_biking	bicycle bicyclist bike cycle cyclist riding sport
🚴‍♀️	biking_woman woman_biking	bicycle bicyclist bike cycle cyclist riding sport
🚵	mountain_bicyclist mountain_biking person_mountain_biking	bicycle bike cycle cyclist riding sport
🚵‍♂️	mountain_biking_man man_mountain_biking	bicycle bicyclist bike cycle cyclist riding sport
🚵‍♀️	mountain_biking_woman woman_mountain_biking	bicycle bicyclist bike cycle cyclist riding sport
🤸	cartwheeling person_cartwheel	active excited flip gymnastics happy somersault
🤸‍♂️	man_cartwheeling	active cartwheel excited flip gymnastics happy somersault
🤸‍♀️	woman_cartwheeling	active cartwheel excited flip gymnastics happy somersault
🤼	wrestling people_wrestling wrestlers	combat duel grapple ring tournament wrestle
🤼‍♂️	men_wrestling	combat duel grapple ring tournament wrestle
🤼‍♀️	women_wrestling	combat duel grapple ring tournament wrestle
🤽	water_polo person_playing_water_polo	sport swimming waterpolo
🤽‍♂️	man_playing_water_polo	sport swimming waterpolo
🤽‍♀️	woman_playing_water_polo	sport swimming waterpolo
🤾	handball_person handball person_playing_handball	athletics ball catch chuck hurl lob pitch sport throw toss
🤾‍♂️	man_playing_handball	athletics ball catch chuck hurl lob pitch sport throw toss
🤾‍♀️	woman_playing_handball	athletics ball catch chuck hurl lob pitch sport throw toss
🤹	juggling_person juggler juggling person_juggling	act balance balancing handle juggle manage multitask skill
🤹‍♂️	man_juggling	act balance balancing handle juggle manage multitask skill
🤹‍♀️	woman_juggling	act balance balancing handle juggle manage multitask skill
🧘	lotus_position person_in_lotus_position	cross legged legs meditation peace relax serenity yoga yogi zen
🧘‍♂️	lotus_position_man man_in_lotus_position	cross legged legs meditation peace relax serenity yoga yogi zen
🧘‍♀️	lotus_position_woman woman_in_lotus_position	cross legged legs meditation peace relax serenity yoga yogi zen
🛀	bath person_taking_bath	bathtub tub
🛌	sleeping_bed person_in_bed sleeping_accommodation	bedtime good goodnight hotel nap night sleep tired zzz
🧑‍🤝‍🧑	people_holding_hands	bae bestie bff couple dating flirt friends hand hold twins
👭	two_women_holding_hands	bae bestie bff couple dating flirt friends girls hand hold sisters twins
👫	couple	woman and man holding hands bae bestie bff dating flirt friends hand hold twins
👬	two_men_holding_hands	bae bestie bff boys brothers couple dating flirt friends hand hold twins
💏	couplekiss couple_kiss	anniversary babe bae date dating heart love mwah person romance together xoxo
👩‍❤️‍💋‍👨	couplekiss_man_woman kiss_mw kiss_wm	anniversary babe bae couple date dating heart love mwah person romance together xoxo
👨‍❤️‍💋‍👨	couplekiss_man_man kiss_mm	anniversary babe bae couple date dating heart love mwah person romance together xoxo
👩‍❤️‍💋‍👩	couplekiss_woman_woman kiss_ww	anniversary babe bae couple date dating heart love mwah person romance together xoxo
💑	couple_with_heart	anniversary babe bae dating kiss love person relationship romance together you
👩‍❤️‍👨	couple_with_heart_woman_man couple_with_heart_mw couple_with_heart_wm	anniversary babe bae dating kiss love person relationship romance together you
👨‍❤️‍👨	couple_with_heart_man_man couple_with_heart_mm	anniversary babe bae dating kiss love person relationship romance together you
👩‍❤️‍👩	couple_with_heart_woman_woman couple_with_heart_ww	anniversary babe bae dating kiss love person relationship romance together you
👨‍👩‍👦	family_man_woman_boy family_mwb	child
👨‍👩‍👧	family_man_woman_girl family_mwg	child
👨‍👩‍👧‍👦	family_man_woman_girl_boy family_mwgb	child
👨‍👩‍👦‍👦	family_man_woman_boy_boy family_mwbb	child
👨‍👩‍👧‍👧	family_man_woman_girl_girl family_mwgg	child
👨‍👨‍👦	family_man_man_boy family_mmb	child
👨‍👨‍👧	family_man_man_girl family_mmg	child
👨‍👨‍👧‍👦	family_man_man_girl_boy family_mmgb	child
👨‍👨‍👦‍👦	family_man_man_boy_boy family_mmbb	child
👨‍👨‍👧‍👧	family_man_man_girl_girl family_mmgg	child
👩‍👩‍👦	family_woman_woman_boy family_wwb	child
👩‍👩‍👧	family_woman_woman_girl family_wwg	child
👩‍👩‍👧‍👦	family_woman_woman_girl_boy family_wwgb	child
👩‍👩‍👦‍👦	family_woman_woman_boy_boy family_wwbb	child
👩‍👩‍👧‍👧	family_woman_woman_girl_girl family_wwgg	child
👨‍👦	family_man_boy family_mb	child
👨‍👦‍👦	family_man_boy_boy family_mbb	child
👨‍👧	family_man_girl family_mg	child
👨‍👧‍👦	family_man_girl_boy family_mgb	child
👨‍👧‍👧	family_man_girl_girl family_mgg	child
👩‍👦	family_woman_boy family_wb	child
👩‍👦‍👦	family_woman_boy_boy family_wbb	child
👩‍👧	family_woman_girl family_wg	child
👩‍👧‍👦	family_woman_girl_boy family_wgb	child
👩‍👧‍👧	family_woman_girl_girl family_wgg	child
🗣️	speaking_head	face silhouette speak
👤	bust_in_silhouette	mysterious shadow
👥	busts_in_silhouette	bff bust everyone friend friends people
🫂	people_hugging	comfort embrace farewell friendship goodbye hello hug love thanks
👪	family	child
🧑‍🧑‍🧒	family_aac	adult child
🧑‍🧑‍🧒‍🧒	family_aacc	adult child
🧑‍🧒	family_aa family_ac	adult child
🧑‍🧒‍🧒	family_acc	adult child
👣	footprints	barefoot clothing footprint omw print walk
🫆	fingerprint	clue crime detective forensics identity mystery print safety trace`],
  ["Animals & nature", `🐵	monkey_face	animal banana
🐒	monkey	animal banana
🦍	gorilla	animal
🦧	orangutan	animal ape monkey
🐶	dog dog_face	adorbs animal pet puppies puppy
🐕	dog2 dog	animal animals dogs pet
🦮	guide_dog	accessibility animal blind
🐕‍🦺	service_dog	accessibility animal assistance
🐩	poodle	animal dog fluffy
🐺	wolf wolf_face	animal
🦊	fox_face fox	animal
🦝	raccoon	animal curious sly
🐱	cat cat_face	animal kitten kitty pet
🐈	cat2 cat	animal animals cats kitten pet
🐈‍⬛	black_cat	animal feline halloween meow unlucky
🦁	lion lion_face	alpha animal leo mane order rawr roar safari strong zodiac
🐯	tiger tiger_face	animal big cat predator
🐅	tiger2 tiger	animal big cat predator zoo
🐆	leopard	animal big cat predator zoo
🐴	horse horse_face	animal dressage equine farm horses
🫎	moose	alces animal antlers elk mammal
🫏	donkey	animal ass burro hinny mammal mule stubborn
🐎	racehorse horse	animal equestrian farm racing
🦄	unicorn unicorn_face	
🦓	zebra	animal stripe
🦌	deer	animal
🦬	bison	animal buffalo herd wisent
🐮	cow cow_face	animal farm milk moo
🐂	ox	animal animals bull farm taurus zodiac
🐃	water_buffalo	animal zoo
🐄	cow2 cow	animal animals farm milk moo
🐷	pig pig_face	animal bacon farm pork
🐖	pig2 pig	animal bacon farm pork sow
🐗	boar	animal pig
🐽	pig_nose	animal face farm smell snout
🐏	ram	animal aries horns male sheep zodiac zoo
🐑	sheep ewe	animal baa farm female fluffy lamb wool
🐐	goat	animal capricorn farm milk zodiac
🐪	dromedary_camel	animal desert hump one
🐫	camel	two hump animal bactrian desert
🦙	llama	alpaca animal guanaco vicuña wool
🦒	giraffe	animal spots
🐘	elephant	animal
🦣	mammoth	animal extinction large tusk wooly
🦏	rhinoceros rhino	animal
🦛	hippopotamus hippo	animal
🐭	mouse mouse_face	animal
🐁	mouse2 mouse	animal animals
🐀	rat	animal
🐹	hamster hamster_face	animal pet
🐰	rabbit rabbit_face	animal bunny pet
🐇	rabbit2 rabbit	animal bunny pet
🐿️	chipmunk	animal squirrel
🦫	beaver	animal dam teeth
🦔	hedgehog	animal spiny
🦇	bat	animal vampire
🐻	bear bear_face	animal grizzly growl honey
🐻‍❄️	polar_bear polar_bear_face	animal arctic white
🐨	koala koala_face	animal australia bear down marsupial under
🐼	panda_face panda	animal bamboo
🦥	sloth	lazy slow
🦦	otter	animal fishing playful
🦨	skunk	animal stink
🦘	kangaroo	animal joey jump marsupial
🦡	badger	animal honey pester
🐾	feet paw_prints	paws print
🦃	turkey	bird gobble thanksgiving
🐔	chicken chicken_face	animal bird ornithology
🐓	rooster	animal bird ornithology
🐣	hatching_chick	animal baby bird egg
🐤	baby_chick	animal bird ornithology
🐥	hatched_chick	front facing baby animal bird newborn ornithology
🐦	bird bird_face	animal ornithology
🐧	penguin penguin_face	animal antarctica bird ornithology
🕊️	dove	bird fly ornithology peace
🦅	eagle	animal bird ornithology
🦆	duck	animal bird ornithology
🦢	swan	animal bird cygnet duckling ornithology ugly
🦉	owl	animal bird ornithology wise
🦤	dodo	animal bird extinction large ornithology
🪶	feather	bird flight light plumage
🦩	flamingo	animal bird flamboyant ornithology tropical
🦚	peacock	animal bird colorful ornithology ostentatious peahen pretty proud
🦜	parrot	animal bird ornithology pirate talk
🪽	wing	angelic ascend aviation bird fly flying heavenly mythology soar
🐦‍⬛	black_bird	animal beak caw corvid crow ornithology raven rook
🪿	goose	animal bird duck flock fowl gaggle gander geese honk ornithology silly
🐦‍🔥	phoenix	ascend ascension emerge fantasy firebird glory immortal rebirth reincarnation reinvent renewal revival revive rise transform
🐸	frog frog_face	animal
🐊	crocodile	animal zoo
🐢	turtle	animal terrapin tortoise
🦎	lizard	animal reptile
🐍	snake	animal bearer ophiuchus serpent zodiac
🐲	dragon_face	animal fairy fairytale tale
🐉	dragon	animal fairy fairytale knights tale
🦕	sauropod	brachiosaurus brontosaurus dinosaur diplodocus
🦖	t-rex trex	t rex dinosaur tyrannosaurus
🐳	whale spouting_whale	animal beach face ocean
🐋	whale2 whale	animal beach ocean
🐬	dolphin flipper	animal beach ocean
🫍	orca	marine ocean whale
🦭	seal	animal lion ocean sea
🐟	fish	animal dinner fishes fishing pisces zodiac
🐠	tropical_fish	animal fishes
🐡	blowfish	animal fish
🦈	shark	animal fish
🐙	octopus	animal creature ocean
🐚	shell	spiral animal beach conch sea
🪸	coral	change climate ocean reef sea
🪼	jellyfish	animal aquarium burn invertebrate jelly life marine ocean ouch plankton sea sting stinger tentacles
🦀	crab	cancer zodiac
🦞	lobster	animal bisque claws seafood
🦐	shrimp	food shellfish small
🦑	squid	animal food mollusk
🦪	oyster	diving pearl
🐌	snail	animal escargot garden nature slug
🦋	butterfly	insect pretty
🐛	bug	animal garden insect
🐜	ant	animal garden insect
🐝	bee honeybee	animal bumblebee honey insect nature spring
🪲	beetle	animal bug insect
🐞	lady_beetle	animal garden insect ladybird ladybug nature
🦗	cricket	animal bug grasshopper insect orthoptera
🪳	cockroach	animal insect pest roach
🕷️	spider	animal insect
🕸️	spider_web	
🦂	scorpion	scorpio scorpius zodiac
🦟	mosquito	bite disease fever insect malaria pest virus
🪰	fly	animal disease insect maggot pest rotting
🪱	worm	animal annelid earthworm parasite
🦠	microbe	amoeba bacteria science virus
💐	bouquet	anniversary birthday date flower love plant romance
🌸	cherry_blossom	flower plant spring springtime
💮	white_flower	
🪷	lotus	beauty buddhism calm flower hinduism peace purity serenity
🏵️	rosette	plant
🌹	rose	beauty elegant flower love plant red valentine
🥀	wilted_flower	dying
🌺	hibiscus	flower plant
🌻	sunflower	flower outdoors plant sun
🌼	blossom	buttercup dandelion flower plant
🌷	tulip	blossom flower growth plant
🪻	hyacinth	bloom bluebonnet flower indigo lavender lilac lupine plant purple shrub snapdragon spring violet
🌱	seedling	plant sapling sprout young
🪴	potted_plant	decor grow house nurturing pot
🌲	evergreen_tree	christmas forest pine
🌳	deciduous_tree	forest green habitat shedding
🌴	palm_tree	beach plant tropical
🌵	cactus	desert drought nature plant
🌾	ear_of_rice sheaf_of_rice	grain grains plant
🌿	herb	leaf plant
☘️	shamrock	irish plant
🍀	four_leaf_clover	4 irish lucky plant
🍁	maple_leaf	falling
🍂	fallen_leaf	autumn fall falling
🍃	leaves	leaf fluttering in wind blow flutter
🪹	empty_nest nest	branch home nesting
🪺	nest_with_eggs	bird branch egg nesting
🍄	mushroom	fungus toadstool
🪾	leafless_tree	bare barren branches dead drought trunk winter wood`],
  ["Food & drink", `🍇	grapes	dionysus fruit grape
🍈	melon	cantaloupe fruit
🍉	watermelon	fruit
🍊	mandarin orange tangerine	c citrus fruit nectarine vitamin
🍋	lemon	citrus fruit sour
🍋‍🟩	lime	acidity citrus cocktail fruit garnish key margarita mojito refreshing salsa sour tangy tequila tropical zest
🍌	banana	fruit potassium
🍍	pineapple	colada fruit pina tropical
🥭	mango	food fruit tropical
🍎	apple red_apple	diet food fruit health ripe
🍏	green_apple	fruit
🍐	pear	fruit
🍑	peach	fruit
🍒	cherries	berries cherry fruit red
🍓	strawberry	berry fruit
🫐	blueberries	berries berry bilberry blue blueberry food fruit
🥝	kiwi_fruit kiwi	food
🍅	tomato	food fruit vegetable
🫒	olive	food
🥥	coconut	colada palm piña
🥑	avocado	food fruit
🍆	eggplant	aubergine vegetable
🥔	potato	food vegetable
🥕	carrot	food vegetable
🌽	corn ear_of_corn	crops farm maize maze
🌶️	hot_pepper	
🫑	bell_pepper	capsicum food vegetable
🥒	cucumber	food pickle vegetable
🥬	leafy_green	bok burgers cabbage choy kale lettuce salad
🥦	broccoli	cabbage wild
🧄	garlic	flavoring
🧅	onion	flavoring
🥜	peanuts	food nut peanut vegetable
🫘	beans	food kidney legume small
🌰	chestnut	almond plant
🫚	ginger_root ginger	beer health herb natural spice
🫛	pea_pod pea	beans beanstalk edamame legume soybean vegetable veggie
🍄‍🟫	brown_mushroom	food fungi fungus nature pizza portobello shiitake shroom spore sprout toppings truffle vegetable vegetarian veggie
🫜	root_vegetable	beet food garden radish salad turnip vegetarian
🍞	bread	carbs food grain loaf restaurant toast wheat
🥐	croissant	bread breakfast crescent food french roll
🥖	baguette_bread	food french
🫓	flatbread	arepa bread food gordita lavash naan pita
🥨	pretzel	convoluted twisted
🥯	bagel	bakery bread breakfast schmear
🥞	pancakes	breakfast crêpe food hotcake pancake
🧇	waffle	breakfast indecisive iron
🧀	cheese	wedge
🍖	meat_on_bone	
🍗	poultry_leg	bone chicken drumstick hungry turkey
🥩	cut_of_meat	chop lambchop porkchop red steak
🥓	bacon	breakfast food meat
🍔	hamburger	burger eat fast food hungry
🍟	fries french_fries	fast food
🍕	pizza	cheese food hungry pepperoni slice
🌭	hotdog	hot dog frankfurter sausage
🥪	sandwich	bread
🌮	taco	mexican
🌯	burrito	mexican wrap
🫔	tamale	food mexican pamonha wrapped
🥙	stuffed_flatbread	falafel food gyro kebab
🧆	falafel	chickpea meatball
🥚	egg	breakfast food
🍳	fried_egg cooking	breakfast easy fry frying over pan restaurant side sunny up
🥘	shallow_pan_of_food	casserole paella
🍲	stew pot_of_food	soup
🫕	fondue	cheese chocolate food melted pot ski
🥣	bowl_with_spoon	breakfast cereal congee oatmeal porridge
🥗	green_salad salad	food
🍿	popcorn	corn movie pop
🧈	butter	dairy
🧂	salt	condiment flavor mad salty shaker taste upset
🥫	canned_food	can
🍱	bento bento_box	food
🍘	rice_cracker	food
🍙	rice_ball	food japanese
🍚	rice cooked_rice	food
🍛	curry curry_rice	food
🍜	ramen steaming_bowl	chopsticks food noodle pho soup
🍝	spaghetti	food meatballs pasta restaurant
🍠	sweet_potato	roasted food
🍢	oden	food kebab restaurant seafood skewer stick
🍣	sushi	food
🍤	fried_shrimp	prawn tempura
🍥	fish_cake	with swirl food pastry restaurant
🥮	moon_cake	autumn festival yuèbǐng
🍡	dango	dessert japanese skewer stick sweet
🥟	dumpling	empanada gyōza jiaozi pierogi potsticker
🥠	fortune_cookie	prophecy
🥡	takeout_box	chopsticks delivery food oyster pail
🍦	icecream soft_serve	ice cream dessert food restaurant sweet
🍧	shaved_ice	dessert restaurant sweet
🍨	ice_cream	dessert food restaurant sweet
🍩	doughnut	breakfast dessert donut food sweet
🍪	cookie	chip chocolate dessert sweet
🎂	birthday birthday_cake	bday celebration dessert happy pastry sweet
🍰	cake shortcake	dessert pastry slice sweet
🧁	cupcake	bakery dessert sprinkles sugar sweet treat
🥧	pie	apple filling fruit meat pastry pumpkin slice
🍫	chocolate_bar	candy dessert halloween sweet tooth
🍬	candy	cavities dessert halloween restaurant sweet tooth wrapper
🍭	lollipop	candy dessert food restaurant sweet
🍮	custard	dessert pudding sweet
🍯	honey_pot	barrel bear food honeypot jar sweet
🍼	baby_bottle	babies birth born drink infant milk newborn
🥛	milk_glass glass_of_milk milk	drink
☕	coffee	hot beverage cafe caffeine chai drink morning steaming tea
🫖	teapot	brew drink food pot tea
🍵	tea	teacup without handle beverage cup drink oolong
🍶	sake	bar beverage bottle cup drink restaurant
🍾	champagne	bottle with popping cork bar drink
🍷	wine_glass	alcohol bar beverage booze club drink drinking drinks restaurant
🍸	cocktail	glass alcohol bar booze club drink drinking drinks mad martini men
🍹	tropical_drink	alcohol bar booze club cocktail drinking drinks drunk mai party tai tropics
🍺	beer	mug alcohol ale bar booze drink drinking drinks octoberfest oktoberfest pint stein summer
🍻	beers	clinking beer mugs alcohol bar booze bottoms cheers clink drinking drinks
🥂	clinking_glasses	celebrate clink drink glass
🥃	tumbler_glass whisky	liquor scotch shot whiskey
🫗	pouring_liquid pour	accident drink empty glass oops spill water
🥤	cup_with_straw	drink juice malt soda soft water
🧋	bubble_tea boba_drink	food milk pearl
🧃	beverage_box juice_box	straw sweet
🧉	mate	drink
🧊	ice_cube ice	cold iceberg
🥢	chopsticks	hashi jeotgarak kuaizi
🍽️	plate_with_cutlery fork_knife_plate	and cooking dinner eat
🍴	fork_and_knife	breakfast breaky cooking cutlery delicious dinner eat feed food hungry lunch restaurant yum yummy
🥄	spoon	eat tableware
🔪	hocho knife	kitchen chef cooking tool weapon
🫙	jar	condiment container empty nothing sauce store
🏺	amphora	aquarius cooking drink jug tool weapon zodiac`],
  ["Travel & places", `🌍	earth_africa earth_europe	globe showing world
🌎	earth_americas	globe showing world
🌏	earth_asia	globe showing australia world
🌐	globe_with_meridians	earth internet web world worldwide
🗺️	world_map	
🗾	japan japan_map	of
🧭	compass	direction magnetic navigation orienteering
🏔️	mountain_snow	capped cold
⛰️	mountain	
🛘	landslide	avalanche danger disaster earthquake mountain mudslide rocks
🌋	volcano	eruption mountain nature
🗻	mount_fuji	mountain nature
🏕️	camping	
🏖️	beach_umbrella beach beach_with_umbrella	
🏜️	desert	
🏝️	desert_island island	
🏞️	national_park	
🏟️	stadium	
🏛️	classical_building	
🏗️	building_construction construction_site	crane
🧱	bricks	brick clay mortar wall
🪨	rock	boulder heavy solid stone tough
🪵	wood	log lumber timber
🛖	hut	home house roundhouse shelter yurt
🏘️	houses homes	house
🏚️	derelict_house house_abandoned	home
🏠	house	building country heart home ranch settle simple suburban suburbia where
🏡	house_with_garden	building country heart home ranch settle simple suburban suburbia where
🏢	office	building city cubical job
🏣	post_office	japanese building
🏤	european_post_office	building
🏥	hospital	building doctor medicine
🏦	bank	building
🏨	hotel	building
🏩	love_hotel	building
🏪	convenience_store	24 building hours
🏫	school	building
🏬	department_store	building
🏭	factory	building
🏯	japanese_castle	building
🏰	european_castle castle	building
💒	wedding	chapel hitched nuptials romance
🗼	tokyo_tower	
🗽	statue_of_liberty	new ny nyc york
⛪	church	bless chapel christian cross religion
🕌	mosque	islam masjid muslim religion
🛕	hindu_temple	
🕍	synagogue	jew jewish judaism religion temple
⛩️	shinto_shrine	religion
🕋	kaaba	hajj islam muslim religion umrah
⛲	fountain	
⛺	tent	camping
🌁	foggy	fog
🌃	night_with_stars	star
🏙️	cityscape	city
🌄	sunrise_over_mountains	morning sun
🌅	sunrise	morning nature sun
🌆	city_sunset city_dusk	cityscape at building evening landscape sun
🌇	city_sunrise city_sunset	building dusk sun
🌉	bridge_at_night	
♨️	hotsprings	hot springs steaming
🎠	carousel_horse	entertainment
🛝	playground_slide slide	amusement park play playing sliding theme
🎡	ferris_wheel	amusement park theme
🎢	roller_coaster	amusement park theme
💈	barber barber_pole	cut fresh haircut shave
🎪	circus_tent	
🚂	steam_locomotive	caboose engine railway train trains travel
🚃	railway_car	electric train tram travel trolleybus
🚄	bullettrain_side	high speed train railway shinkansen
🚅	bullettrain_front	bullet train high speed nose railway shinkansen travel
🚆	train2 train	arrived choo railway
🚇	metro	subway travel
🚈	light_rail	arrived monorail railway
🚉	station	railway train
🚊	tram	trolleybus
🚝	monorail	vehicle
🚞	mountain_railway	car trip
🚋	train tram_car	bus trolley trolleybus
🚌	bus	school vehicle
🚍	oncoming_bus	cars
🚎	trolleybus	bus tram trolley
🚐	minibus	bus drive van vehicle
🚑	ambulance	emergency vehicle
🚒	fire_engine	truck
🚓	police_car	5 0 cops patrol
🚔	oncoming_police_car	
🚕	taxi	cab cabbie car drive vehicle yellow
🚖	oncoming_taxi	cab cabbie cars drove hail yellow
🚗	car red_car	automobile driving vehicle
🚘	oncoming_automobile	car cars drove vehicle
🚙	blue_car suv	sport utility vehicle drive recreational sportutility
🛻	pickup_truck	automobile car flatbed pick up transportation
🚚	truck delivery_truck	car drive vehicle
🚛	articulated_lorry	car drive move semi truck vehicle
🚜	tractor	vehicle
🏎️	racing_car	zoom
🏍️	motorcycle	racing
🛵	motor_scooter	
🦽	manual_wheelchair	accessibility
🦼	motorized_wheelchair	accessibility
🛺	auto_rickshaw	tuk
🚲	bike bicycle	class cycle cycling cyclist gang ride spin spinning
🛴	kick_scooter scooter	
🛹	skateboard	board skate skater wheels
🛼	roller_skate	blades skates sport
🚏	busstop	bus stop
🛣️	motorway	highway road
🛤️	railway_track	train
🛢️	oil_drum	
⛽	fuelpump	fuel pump diesel gas gasoline station
🛞	wheel	car circle tire turn vehicle
🚨	rotating_light	police car alarm alert beacon emergency revolving siren
🚥	traffic_light	horizontal intersection signal stop stoplight
🚦	vertical_traffic_light	drove intersection signal stop stoplight
🛑	stop_sign octagonal_sign	
🚧	construction	barrier
⚓	anchor	ship tool
🛟	ring_buoy lifebuoy	float life lifesaver preserver rescue safety save saver swim
⛵	boat sailboat	resort sailing sea yacht
🛶	canoe	boat
🚤	speedboat	billionaire boat lake luxury millionaire summer travel
🛳️	passenger_ship cruise_ship	
⛴️	ferry	boat passenger
🛥️	motor_boat motorboat	
🚢	ship	boat passenger travel
✈️	airplane	aeroplane fly flying jet plane travel
🛩️	small_airplane	aeroplane plane
🛫	flight_departure airplane_departure	aeroplane check in departures plane
🛬	flight_arrival airplane_arriving	aeroplane arrivals landing plane
🪂	parachute	hang glide parasail skydive
💺	seat	chair
🚁	helicopter	copter roflcopter travel vehicle
🚟	suspension_railway	
🚠	mountain_cableway	cable gondola lift ski
🚡	aerial_tramway	cable car gondola ropeway
🛰️	artificial_satellite satellite	space
🚀	rocket	launch rockets space travel
🛸	flying_saucer	aliens extra terrestrial ufo
🛎️	bellhop_bell bellhop	hotel
🧳	luggage	bag packing roller suitcase travel
⌛	hourglass	done sand time timer
⏳	hourglass_flowing_sand	not done hours timer waiting yolo
⌚	watch	clock time
⏰	alarm_clock	hours hrs late time waiting
⏱️	stopwatch	clock time
⏲️	timer_clock	
🕰️	mantelpiece_clock clock	time
🕛	clock12	twelve o clock 12 00 time
🕧	clock1230	twelve thirty 12 30 clock time
🕐	clock1	one o clock 1 00 time
🕜	clock130	one thirty 1 30 clock time
🕑	clock2	two o clock 2 00 time
🕝	clock230	two thirty 2 30 clock time
🕒	clock3	three o clock 3 00 time
🕞	clock330	three thirty 3 30 clock time
🕓	clock4	four o clock 4 00 time
🕟	clock430	four thirty 30 4 clock time
🕔	clock5	five o clock 5 00 time
🕠	clock530	five thirty 30 5 clock time
🕕	clock6	six o clock 6 00 time
🕡	clock630	six thirty 30 6 clock
🕖	clock7	seven o clock 0 7 00
🕢	clock730	seven thirty 30 7 clock
🕗	clock8	eight o clock 8 00 time
🕣	clock830	eight thirty 30 8 clock time
🕘	clock9	nine o clock 9 00 time
🕤	clock930	nine thirty 30 9 clock time
🕙	clock10	ten o clock 0 10 00
🕥	clock1030	ten thirty 10 30 clock time
🕚	clock11	eleven o clock 11 00 time
🕦	clock1130	eleven thirty 11 30 clock time
🌑	new_moon	dark space
🌒	waxing_crescent_moon	dreams space
🌓	first_quarter_moon	space
🌔	moon waxing_gibbous_moon	space
🌕	full_moon	space
🌖	waning_gibbous_moon	space
🌗	last_quarter_moon	space
🌘	waning_crescent_moon	space
🌙	crescent_moon	ramadan space
🌚	new_moon_with_face	space
🌛	first_quarter_moon_with_face	space
🌜	last_quarter_moon_with_face	dreams
🌡️	thermometer	weather
☀️	sunny sun	bright rays space weather
🌝	full_moon_with_face	bright
🌞	sun_with_face	beach bright day heat shine sunny sunshine weather
🪐	ringed_planet saturn	saturnine
⭐	star	astronomy medium stars white
🌟	star2 glowing_star	glittery glow night shining sparkle win
🌠	stars shooting_star	falling night space
🌌	milky_way	space
☁️	cloud	weather
⛅	partly_sunny sun_behind_cloud	cloudy weather
⛈️	cloud_with_lightning_and_rain stormy thunder_cloud_and_rain	thunderstorm
🌤️	sun_behind_small_cloud sunny	weather
🌥️	sun_behind_large_cloud cloudy	weather
🌦️	sun_behind_rain_cloud sun_and_rain	weather
🌧️	cloud_with_rain rainy	weather
🌨️	cloud_with_snow snowy	cold weather
🌩️	cloud_with_lightning lightning	weather
🌪️	tornado	cloud weather whirlwind
🌫️	fog	cloud weather
🌬️	wind_face wind_blowing_face	blow cloud
🌀	cyclone	dizzy hurricane twister typhoon weather
🌈	rainbow	gay genderqueer glbt glbtq lesbian lgbt lgbtq lgbtqia nature pride queer rain trans transgender weather
🌂	closed_umbrella	clothing rain
☂️	open_umbrella umbrella	clothing rain
☔	umbrella umbrella_with_rain	drops clothing drop weather
⛱️	parasol_on_ground beach_umbrella umbrella_on_ground	rain sun
⚡	zap high_voltage	danger electric electricity lightning nature thunder thunderbolt
❄️	snowflake	cold snow weather
☃️	snowman_with_snow snowman2	cold man
⛄	snowman	without snow cold man
☄️	comet	space
🔥	fire	af burn flame hot lit litaf tool
💧	droplet	cold comic drop nature sad sweat tear water weather
🌊	ocean water_wave	nature surf surfer surfing`],
  ["Activities", `🎃	jack_o_lantern	celebration halloween pumpkin
🎄	christmas_tree	celebration
🎆	fireworks	boom celebration entertainment yolo
🎇	sparkler	boom celebration fireworks sparkle
🧨	firecracker	dynamite explosive fire fireworks light pop popping spark
✨	sparkles	magic sparkle star
🎈	balloon	birthday celebrate celebration
🎉	tada party party_popper	awesome birthday celebrate celebration excited hooray woohoo
🎊	confetti_ball	celebrate celebration party woohoo
🎋	tanabata_tree	banner celebration japanese
🎍	bamboo	pine decoration celebration japanese plant
🎎	dolls	japanese celebration doll festival
🎏	flags carp_streamer	celebration
🎐	wind_chime	bell celebration
🎑	rice_scene moon_ceremony	viewing celebration
🧧	red_envelope	gift good hóngbāo lai luck money see
🎀	ribbon	celebration
🎁	gift	wrapped birthday bow box celebration christmas present surprise
🎗️	reminder_ribbon	celebration
🎟️	tickets admission_tickets	ticket
🎫	ticket	admission stub
🎖️	medal_military military_medal	award celebration
🏆	trophy	champion champs prize slay sport victory win winning
🏅	medal_sports sports_medal	award gold winner
🥇	1st_place_medal 1st first_place_medal	gold
🥈	2nd_place_medal 2nd second_place_medal	silver
🥉	3rd_place_medal 3rd third_place_medal	bronze
⚽	soccer	ball football futbol sport
⚾	baseball	ball sport
🥎	softball	ball glove sports underarm
🏀	basketball	ball hoop sport
🏐	volleyball	ball game
🏈	football	american ball bowl sport super
🏉	rugby_football	ball sport
🎾	tennis	ball racquet sport
🥏	flying_disc	ultimate
🎳	bowling	ball game sport strike
🏏	cricket_game	ball bat
🏑	field_hockey	ball game stick
🏒	ice_hockey hockey	game puck stick
🥍	lacrosse	ball goal sports stick
🏓	ping_pong	ball bat game paddle pingpong table tennis
🏸	badminton	birdie game racquet shuttlecock
🥊	boxing_glove	
🥋	martial_arts_uniform	judo karate taekwondo
🥅	goal_net	
⛳	golf	flag in hole sport
⛸️	ice_skate	skating
🎣	fishing_pole_and_fish fishing_pole	entertainment sport
🤿	diving_mask	scuba snorkeling
🎽	running_shirt_with_sash running_shirt	athletics
🎿	ski	skis snow sport
🛷	sled	luge sledge sleigh snow toboggan
🥌	curling_stone	game rock
🎯	dart bullseye direct_hit	bull entertainment game target
🪀	yo_yo	fluctuate toy
🪁	kite	fly soar
🔫	gun pistol	water handgun revolver tool weapon
🎱	8ball billiards	pool 8 ball billiard eight game
🔮	crystal_ball	fairy fairytale fantasy fortune future magic tale tool
🪄	magic_wand	magician witch wizard
🎮	video_game controller	entertainment
🕹️	joystick	game video videogame
🎰	slot_machine	casino gamble gambling game slots
🎲	game_die	dice entertainment
🧩	jigsaw puzzle_piece	clue interlocking
🧸	teddy_bear	plaything plush stuffed toy
🪅	pinata	piñata candy celebrate celebration cinco de festive mayo party pinada
🪩	mirror_ball disco disco_ball	dance glitter party
🪆	nesting_dolls	babooshka baboushka babushka doll matryoshka russia
♠️	spades	spade suit card game
♥️	hearts	heart suit card emotion game
♦️	diamonds	diamond suit card game
♣️	clubs	club suit card game
♟️	chess_pawn	dupe expendable
🃏	black_joker	card game wildcard
🀄	mahjong	red dragon game
🎴	flower_playing_cards	card game japanese
🎭	performing_arts	actor actress art entertainment mask theater theatre thespian
🖼️	framed_picture frame_with_picture	art museum painting
🎨	art palette	artist artsy arty colorful creative entertainment museum painter painting
🧵	thread	needle sewing spool string
🪡	sewing_needle	embroidery sew stitches sutures tailoring thread
🧶	yarn	ball crochet knit
🪢	knot	cord rope tangled tie twine twist`],
  ["Objects", `👓	eyeglasses glasses	clothing eye eyewear
🕶️	dark_sunglasses sunglasses	eye eyewear glasses
🥽	goggles	dive eye protection scuba swimming welding
🥼	lab_coat	clothes doctor dr experiment jacket scientist white
🦺	safety_vest	emergency
👔	necktie	clothing employed serious shirt tie
👕	shirt tshirt	t blue casual clothes clothing collar dressed shopping weekend
👖	jeans	blue casual clothes clothing denim dressed pants shopping trousers weekend
🧣	scarf	bundle cold neck up
🧤	gloves	hand
🧥	coat	brr bundle cold jacket up
🧦	socks	stocking
👗	dress	clothes clothing dressed fancy shopping
👘	kimono	clothing comfortable
🥻	sari	clothing dress
🩱	one_piece_swimsuit	bathing suit
🩲	swim_brief briefs	bathing one piece suit swimsuit underwear
🩳	shorts	bathing pants suit swimsuit underwear
👙	bikini	bathing beach clothing pool suit swim
👚	womans_clothes	woman s blouse clothing collar dress dressed lady shirt shopping
🪭	folding_hand_fan folding_fan	clack clap cool cooling dance flirt flutter hot shy
👛	purse	clothes clothing coin dress fancy handbag shopping
👜	handbag	bag clothes clothing dress lady purse shopping
👝	pouch clutch_bag	clothes clothing dress handbag purse
🛍️	shopping shopping_bags	bag hotel
🎒	school_satchel backpack	backpacking bag bookbag education rucksack
🩴	thong_sandal	beach flip flop sandals shoe thongs zōri
👞	mans_shoe shoe	man s brown clothes clothing feet foot kick shoes shopping
👟	athletic_shoe sneaker	running clothes clothing fast kick shoes shopping tennis
🥾	hiking_boot	backpacking brown camping outdoors shoe
🥿	flat_shoe womans_flat_shoe	ballet comfy flats slip on slipper
👠	high_heel	heeled shoe clothes clothing dress fashion heels shoes shopping stiletto woman
👡	sandal	woman s clothing shoe
🩰	ballet_shoes	dance
👢	boot	woman s clothes clothing dress shoe shoes shopping
🪮	hair_pick	afro comb groom
👑	crown	clothing family king medieval queen royal royalty win
👒	womans_hat	woman s clothes clothing garden hats party
🎩	tophat top_hat	clothes clothing fancy formal magic
🎓	mortar_board graduation_cap	celebration clothing education hat scholar
🧢	billed_cap	baseball bent dad hat
🪖	military_helmet	army soldier war warrior
⛑️	rescue_worker_helmet helmet_with_cross	s aid face hat
📿	prayer_beads	clothing necklace religion
💄	lipstick	cosmetics date makeup
💍	ring	diamond engaged engagement married romance shiny sparkling wedding
💎	gem	stone diamond engagement jewel money romance wedding
🔇	mute no_sound	muted speaker quiet silent
🔈	speaker low_volume quiet_sound	soft
🔉	sound medium_volumne	speaker volume
🔊	loud_sound high_volume	speaker music
📢	loudspeaker	address communication loud public sound
📣	mega megaphone	cheering sound
📯	postal_horn	post
🔔	bell	break church sound
🔕	no_bell	with slash forbidden mute not prohibited quiet silent sound
🎼	musical_score	music note
🎵	musical_note	music sound
🎶	notes musical_notes	music note sound
🎙️	studio_microphone	mic music
🎚️	level_slider	music
🎛️	control_knobs	music
🎤	microphone	karaoke mic music sing sound
🎧	headphones	headphone earbud sound
📻	radio	entertainment tbt video
🎷	saxophone	instrument music sax
🎺	trumpet	instrument music
🪊	trombone	brass instrument jazz music sad slide
🪗	accordion	box concertina instrument music squeeze squeezebox
🎸	guitar	instrument music strat
🎹	musical_keyboard	instrument music piano
🎻	violin	instrument music
🪕	banjo	music stringed
🥁	drum	drumsticks music
🪘	long_drum	beat conga instrument rhythm
🪇	maracas	cha dance instrument music party percussion rattle shake shaker
🪈	flute	band fife flautist instrument marching music orchestra piccolo pipe recorder woodwind
🪉	harp	cupid instrument love music orchestra
📱	iphone android mobile_phone	cell communication telephone
📲	calling mobile_phone_arrow	with build call cell communication receive telephone
☎️	phone telephone	
📞	telephone_receiver	communication phone voip
📟	pager	communication
📠	fax fax_machine	communication
🔋	battery	
🪫	low_battery	drained electronic energy power
🔌	electric_plug	electricity
💻	computer laptop	office pc personal
🖥️	desktop_computer computer	monitor
🖨️	printer	computer
⌨️	keyboard	computer
🖱️	computer_mouse	
🖲️	trackball	computer
💽	minidisc computer_disk	minidisk optical
💾	floppy_disk	computer
💿	cd optical_disk	blu ray computer dvd
📀	dvd	blu ray cd computer disk optical
🧮	abacus	calculation calculator
🎥	movie_camera	bollywood cinema film hollywood record
🎞️	film_strip film_frames	cinema movie
📽️	film_projector	cinema movie video
🎬	clapper	board action movie
📺	tv	television video
📷	camera	photo selfie snap tbt trip video
📸	camera_flash camera_with_flash	video
📹	video_camera	camcorder tbt
📼	vhs videocassette	old school tape vcr video
🔍	mag	magnifying glass tilted left lab pointing science search tool
🔎	mag_right	magnifying glass tilted contact lab pointing science search tool
🕯️	candle	light
💡	bulb light_bulb	comic electric idea
🔦	flashlight	electric light tool torch
🏮	izakaya_lantern lantern red_paper_lantern	bar light restaurant
🪔	diya_lamp	light oil
📔	notebook_with_decorative_cover	book decorated education school writing
📕	closed_book	education
📖	book open_book	education fantasy knowledge library novels reading
📗	green_book	education fantasy library reading
📘	blue_book	education fantasy library reading
📙	orange_book	education fantasy library reading
📚	books	book education fantasy knowledge library novels reading school study
📓	notebook	
📒	ledger	notebook
📃	page_with_curl	document paper
📜	scroll	paper
📄	page_facing_up	document paper
📰	newspaper	communication news paper
🗞️	newspaper_roll rolled_up_newspaper	news paper
📑	bookmark_tabs	mark marker
🔖	bookmark	mark
🏷️	label	tag
🪙	coin	dollar euro gold metal money rich silver treasure
💰	moneybag	money bag bank bet billion cash cost dollar gold million paid paying pot rich win
🪎	treasure_chest	gem gold jewels loot money prize silver valuables wealth
💴	yen	banknote bank bill currency money note
💵	dollar	banknote bank bill currency money note
💶	euro	banknote 100 bank bill currency money note rich
💷	pound	banknote bank bill billion cash currency money note pounds
💸	money_with_wings	bank banknote bill billion cash dollar fly million note pay
💳	credit_card	bank cash charge money pay
🧾	receipt	accounting bookkeeping evidence invoice proof
💹	chart	increasing with yen bank currency graph growth market money rise trend upward
✉️	envelope	e mail email letter
📧	e-mail email	e mail letter
📨	incoming_envelope	delivering e mail email letter receive sent
📩	envelope_with_arrow	communication down e mail email letter outgoing send sent
📤	outbox_tray	box email letter mail sent
📥	inbox_tray	box email letter mail receive zero
📦	package	box communication delivery parcel shipping
📫	mailbox	closed with raised flag communication mail postbox
📪	mailbox_closed	with lowered flag mail postbox
📬	mailbox_with_mail	open raised flag postbox
📭	mailbox_with_no_mail	open lowered flag postbox
📮	postbox	mail mailbox
🗳️	ballot_box	with
✏️	pencil2 pencil	
✒️	black_nib	pen
🖋️	fountain_pen	
🖊️	pen	ballpoint
🖌️	paintbrush	painting
🖍️	crayon	
📝	memo pencil	communication media notes
💼	briefcase	office
📁	file_folder	
📂	open_file_folder	
🗂️	card_index_dividers	
📅	date	calendar
📆	calendar	tear off
🗒️	spiral_notepad notepad_spiral	note pad
🗓️	spiral_calendar calendar_spiral	pad
📇	card_index	old rolodex school
📈	chart_with_upwards_trend chart_increasing	data graph growth right up upward
📉	chart_with_downwards_trend chart_decreasing	data down downward graph negative
📊	bar_chart	data graph
📋	clipboard	do list notes
📌	pushpin	collage pin
📍	round_pushpin	location map pin
📎	paperclip	
🖇️	paperclips	linked link paperclip
📏	straight_ruler	angle edge math straightedge
📐	triangular_ruler	angle math rule set slide triangle
✂️	scissors	cut cutting paper tool
🗃️	card_file_box	
🗄️	file_cabinet	filing paper
🗑️	wastebasket trashcan	can garbage trash waste
🔒	lock locked	closed private
🔓	unlock unlocked	cracked lock open
🔏	lock_with_ink_pen locked_with_pen	nib privacy
🔐	closed_lock_with_key locked_with_key	bike secure
🔑	key	keys lock major password unlock
🗝️	old_key	clue lock
🔨	hammer	home improvement repairs tool
🪓	axe	ax chop hatchet split wood
⛏️	pick	hammer mining tool
⚒️	hammer_and_pick	tool
🛠️	hammer_and_wrench	spanner tool
🗡️	dagger	knife weapon
⚔️	crossed_swords	weapon
💣	bomb	boom comic dangerous explosion hot
🪃	boomerang	rebound repercussion weapon
🏹	bow_and_arrow	archer archery sagittarius tool weapon zodiac
🛡️	shield	weapon
🪚	carpentry_saw	carpenter cut lumber tool trim
🔧	wrench	home improvement spanner tool
🪛	screwdriver	flathead handy screw tool
🔩	nut_and_bolt	home improvement tool
⚙️	gear	cog cogwheel tool
🗜️	clamp compression	compress tool vice
⚖️	balance_scale scales	justice libra tool weight zodiac
🦯	probing_cane white_cane	accessibility blind
🔗	link	links
⛓️‍💥	broken_chain	break breaking cuffs freedom
⛓️	chains	chain
🪝	hook	catch crook curve ensnare point selling
🧰	toolbox	box chest mechanic red tool
🧲	magnet	attraction horseshoe magnetic negative positive shape u
🪜	ladder	climb rung step
🪏	shovel	bury dig garden hole plant scoop snow spade
⚗️	alembic	chemistry tool
🧪	test_tube	chemist chemistry experiment lab science
🧫	petri_dish	bacteria biologist biology culture lab
🧬	dna double_helix	biologist evolution gene genetics life
🔬	microscope	experiment lab science tool
🔭	telescope	contact extraterrestrial science tool
📡	satellite satellite_antenna	aliens contact dish science
💉	syringe	doctor flu medicine needle shot sick tool vaccination
🩸	drop_of_blood	bleed donation injury medicine menstruation
💊	pill	doctor drugs medicated medicine pills sick vitamin
🩹	adhesive_bandage bandaid	
🩼	crutch	aid cane disability help hurt injured mobility stick
🩺	stethoscope	doctor heart medicine
🩻	x_ray x-ray xray	bones doctor medical skeleton skull
🚪	door	back closet front
🛗	elevator	accessibility hoist lift
🪞	mirror	makeup reflection reflector speculum
🪟	window	air frame fresh opening transparent view
🛏️	bed	hotel sleep
🛋️	couch_and_lamp	hotel
🪑	chair	seat sit
🚽	toilet	bathroom
🪠	plunger	cup force plumber poop suction toilet
🚿	shower	water
🛁	bathtub	bath
🪤	mouse_trap	bait cheese lure mousetrap snare
🪒	razor	sharp shave
🧴	lotion_bottle	moisturizer shampoo sunscreen
🧷	safety_pin	diaper punk rock
🧹	broom	cleaning sweeping witch
🧺	basket	farming laundry picnic
🧻	roll_of_paper toilet_paper	towels
🪣	bucket	cask pail vat
🧼	soap	bar bathing clean cleaning lather soapdish
🫧	bubbles	bubble burp clean floating pearl soap underwater
🪥	toothbrush	bathroom brush clean dental hygiene teeth toiletry
🧽	sponge	absorbing cleaning porous soak
🧯	fire_extinguisher	extinguish quench
🛒	shopping_cart	trolley
🚬	smoking cigarette	
⚰️	coffin	dead death vampire
🪦	headstone	cemetery dead grave graveyard memorial rip tomb tombstone
⚱️	funeral_urn	ashes death
🧿	nazar_amulet	bead blue charm evil eye talisman
🪬	hamsa	amulet fatima fortune guide hand mary miriam palm protect protection
🗿	moyai moai	face statue stoneface travel
🪧	placard	card demonstration notice picket plaque protest sign
🪪	identification_card id_card	credentials document license security`],
  ["Symbols", `🏧	atm	sign automated bank cash money teller
🚮	put_litter_in_its_place litter_bin	sign litterbin
🚰	potable_water	drinking
♿	wheelchair handicapped	symbol access handicap
🚹	mens	men s room bathroom lavatory man restroom toilet wc
🚺	womens	women s room bathroom lavatory restroom toilet wc woman
🚻	restroom bathroom	lavatory toilet wc
🚼	baby_symbol	changing
🚾	wc water_closet	bathroom lavatory restroom toilet
🛂	passport_control	
🛃	customs	packing
🛄	baggage_claim	arrived bags case checked journey packing plane ready travel trip
🛅	left_luggage	baggage case locker
⚠️	warning	caution
🚸	children_crossing	child pedestrian traffic
⛔	no_entry	do fail forbidden not pass prohibited traffic
🚫	no_entry_sign	prohibited forbidden not smoke
🚳	no_bicycles	bicycle bike forbidden not prohibited
🚭	no_smoking	forbidden not prohibited smoke
🚯	do_not_litter no_littering	forbidden prohibited
🚱	non-potable_water	non potable dry drinking prohibited
🚷	no_pedestrians	forbidden not pedestrian prohibited
📵	no_mobile_phones	cell forbidden not phone prohibited telephone
🔞	underage no_one_under_18	eighteen age forbidden not prohibited restriction
☢️	radioactive	sign
☣️	biohazard	sign
⬆️	arrow_up	cardinal direction north
↗️	arrow_upper_right	up direction intercardinal northeast
➡️	arrow_right	cardinal direction east
↘️	arrow_lower_right	down direction intercardinal southeast
⬇️	arrow_down	cardinal direction south
↙️	arrow_lower_left	down direction intercardinal southwest
⬅️	arrow_left	cardinal direction west
↖️	arrow_upper_left	up direction intercardinal northwest
↕️	arrow_up_down	
↔️	left_right_arrow	
↩️	leftwards_arrow_with_hook arrow_left_hook	right curving
↪️	arrow_right_hook rightwards_arrow_with_hook	left curving
⤴️	arrow_heading_up	right curving
⤵️	arrow_heading_down	right curving
🔃	arrows_clockwise clockwise	vertical arrow refresh reload
🔄	arrows_counterclockwise counterclockwise	button again anticlockwise arrow deja refresh rewindershins vu
🔙	back	arrow
🔚	end	arrow
🔛	on	arrow mark
🔜	soon	arrow brb omw
🔝	top	arrow homie up
🛐	place_of_worship	pray religion
⚛️	atom_symbol atom	atheist
🕉️	om	hindu religion
✡️	star_of_david	jew jewish judaism religion
☸️	wheel_of_dharma	buddhist religion
☯️	yin_yang	difficult lives religion tao taoist total yinyang
✝️	latin_cross	christ christian religion
☦️	orthodox_cross	christian religion
☪️	star_and_crescent	islam muslim ramadan religion
☮️	peace_symbol peace	healing peaceful
🕎	menorah	candelabrum candlestick hanukkah jewish judaism religion
🔯	six_pointed_star	dotted fortune jewish judaism
🪯	khanda	deg fateh khalsa religion sikh sikhism tegh
♈	aries	horoscope ram zodiac
♉	taurus	bull horoscope ox zodiac
♊	gemini	horoscope twins zodiac
♋	cancer	crab horoscope zodiac
♌	leo	horoscope lion zodiac
♍	virgo	horoscope zodiac
♎	libra	balance horoscope justice scales zodiac
♏	scorpius	scorpio horoscope scorpion zodiac
♐	sagittarius	archer horoscope zodiac
♑	capricorn	goat horoscope zodiac
♒	aquarius	bearer horoscope water zodiac
♓	pisces	fish horoscope zodiac
⛎	ophiuchus	bearer serpent snake zodiac
🔀	twisted_rightwards_arrows shuffle	tracks button arrow crossed
🔁	repeat	button arrow clockwise
🔂	repeat_one	single button arrow clockwise once
▶️	arrow_forward play	button right triangle
⏩	fast_forward	button arrow double
⏭️	next_track_button next_track	arrow scene triangle
⏯️	play_or_pause_button play_pause	arrow right triangle
◀️	arrow_backward reverse	button left triangle
⏪	rewind fast_reverse	button arrow double
⏮️	previous_track_button previous_track	last arrow scene triangle
🔼	arrow_up_small up	upwards button red
⏫	arrow_double_up fast_up	button
🔽	arrow_down_small down	downwards button red
⏬	arrow_double_down fast_down	button
⏸️	pause_button pause	bar double vertical
⏹️	stop_button stop	square
⏺️	record_button record	circle
⏏️	eject_button eject	
🎦	cinema	camera film movie
🔅	low_brightness dim_button	
🔆	high_brightness bright_button	light
📶	signal_strength antenna_bars	bar cell communication mobile phone telephone
🛜	wireless	broadband computer connectivity hotspot internet network router smartphone wi fi wifi wlan
📳	vibration_mode	cell communication mobile phone telephone
📴	mobile_phone_off	cell telephone
♀️	female_sign female	woman
♂️	male_sign male	man
⚧️	transgender_symbol	
✖️	heavy_multiplication_x multiplication multiply	cancel sign
➕	heavy_plus_sign plus	
➖	heavy_minus_sign minus	math
➗	heavy_division_sign divide division	math
🟰	heavy_equals_sign	answer equal equality math
♾️	infinity	forever unbounded universal
‼️	bangbang double_exclamation	mark punctuation
⁉️	interrobang exclamation_question	mark punctuation
❓	question	red mark punctuation
❔	grey_question white_question	mark outlined punctuation
❕	grey_exclamation white_exclamation	mark outlined punctuation
❗	exclamation heavy_exclamation_mark	red punctuation
〰️	wavy_dash	punctuation
💱	currency_exchange	bank money
💲	heavy_dollar_sign	billion cash charge currency million money pay
⚕️	medical_symbol medical	aesculapius medicine staff
♻️	recycle recycling_symbol	
⚜️	fleur_de_lis fleur-de-lis	knights
🔱	trident	emblem anchor poseidon ship tool
📛	name_badge	
🔰	beginner	japanese symbol for chevron green leaf tool yellow
⭕	o hollow_red_circle red_o	heavy large
✅	white_check_mark check_mark_button	checked checkmark complete completed done fixed tick
☑️	ballot_box_with_check	checked done off tick
✔️	heavy_check_mark check_mark	checked checkmark done tick
❌	x cross_mark	cancel multiplication multiply
❎	negative_squared_cross_mark cross_mark_button	multiplication multiply square x
➰	curly_loop	curl
➿	loop double_curly_loop	curl
〽️	part_alternation_mark	
✳️	eight_spoked_asterisk	
✴️	eight_pointed_black_star	
❇️	sparkle	
©️	copyright	c
®️	registered	r
™️	tm trade_mark	trademark
🫟	splatter	drip holi ink liquid mess paint spill stain
#️⃣	hash number_sign	keycap
*️⃣	asterisk	keycap
0️⃣	zero	keycap 0
1️⃣	one	keycap 1
2️⃣	two	keycap 2
3️⃣	three	keycap 3
4️⃣	four	keycap 4
5️⃣	five	keycap 5
6️⃣	six	keycap 6
7️⃣	seven	keycap 7
8️⃣	eight	keycap 8
9️⃣	nine	keycap 9
🔟	keycap_ten ten	10
🔠	capital_abcd	input latin uppercase letters
🔡	abcd	input latin lowercase letters
🔢	1234	input numbers
🔣	symbols	input
🔤	abc	input latin letters alphabet
🅰️	a a_blood	button type
🆎	ab ab_blood	button type
🅱️	b b_blood	button type
🆑	cl	button
🆒	cool	button
🆓	free	button
ℹ️	information_source info	i
🆔	id	button identity
Ⓜ️	m	circled circle
🆕	new	button
🆖	ng	button
🅾️	o2 o o_blood	button type
🆗	ok	button okay
🅿️	parking	p button
🆘	sos	button help
🆙	up up2	button mark
🆚	vs	button versus
🈁	koko ja_here	japanese button katakana
🈂️	sa ja_service_charge	japanese button katakana
🈷️	u6708 ja_monthly_amount	japanese button ideograph
🈶	u6709 ja_not_free_of_carge	japanese charge button ideograph
🈯	u6307 ja_reserved	japanese button ideograph
🉐	ideograph_advantage ja_bargain	japanese button
🈹	u5272 ja_discount	japanese button ideograph
🈚	u7121 ja_free_of_charge	japanese button ideograph
🈲	u7981 ja_prohibited	japanese button ideograph
🉑	accept ja_acceptable	japanese button ideograph
🈸	u7533 ja_application	japanese button ideograph
🈴	u5408 ja_passing_grade	japanese button ideograph
🈳	u7a7a ja_vacancy	japanese button ideograph
㊗️	congratulations ja_congratulations	japanese button ideograph
㊙️	secret ja_secret	japanese button ideograph
🈺	u55b6 ja_open_for_business	japanese button ideograph
🈵	u6e80 ja_no_vacancy	japanese button ideograph
🔴	red_circle	geometric
🟠	orange_circle	
🟡	yellow_circle	
🟢	green_circle	
🔵	large_blue_circle blue_circle	geometric
🟣	purple_circle	
🟤	brown_circle	
⚫	black_circle	geometric
⚪	white_circle	geometric
🟥	red_square	card penalty
🟧	orange_square	
🟨	yellow_square	card penalty
🟩	green_square	
🟦	blue_square	
🟪	purple_square	
🟫	brown_square	
⬛	black_large_square	geometric
⬜	white_large_square	geometric
◼️	black_medium_square	geometric
◻️	white_medium_square	geometric
◾	black_medium_small_square	geometric
◽	white_medium_small_square	geometric
▪️	black_small_square	geometric
▫️	white_small_square	geometric
🔶	large_orange_diamond	geometric
🔷	large_blue_diamond	geometric
🔸	small_orange_diamond	geometric
🔹	small_blue_diamond	geometric
🔺	small_red_triangle	pointed up geometric
🔻	small_red_triangle_down	pointed geometric
💠	diamond_shape_with_a_dot_inside diamond_with_a_dot	comic geometric
🔘	radio_button	geometric
🔳	white_square_button	geometric outlined
🔲	black_square_button	geometric`],
  ["Flags", `🏁	checkered_flag	chequered finish flags game race racing sport win
🚩	triangular_flag_on_post triangular_flag	construction golf
🎌	crossed_flags	celebration cross japanese
🏴	black_flag	waving
🏳️	white_flag	waving
🏳️‍🌈	rainbow_flag	bisexual gay genderqueer glbt glbtq lesbian lgbt lgbtq lgbtqia pride queer trans transgender
🏳️‍⚧️	transgender_flag	blue light pink white
🏴‍☠️	pirate_flag jolly_roger	plunder treasure
🇦🇨	ascension_island flag_ac	
🇦🇩	andorra flag_ad	
🇦🇪	united_arab_emirates flag_ae	
🇦🇫	afghanistan flag_af	
🇦🇬	antigua_barbuda flag_ag	
🇦🇮	anguilla flag_ai	
🇦🇱	albania flag_al	
🇦🇲	armenia flag_am	
🇦🇴	angola flag_ao	
🇦🇶	antarctica flag_aq	
🇦🇷	argentina flag_ar	
🇦🇸	american_samoa flag_as	
🇦🇹	austria flag_at	
🇦🇺	australia flag_au	
🇦🇼	aruba flag_aw	
🇦🇽	aland_islands flag_ax	åland
🇦🇿	azerbaijan flag_az	
🇧🇦	bosnia_herzegovina flag_ba	
🇧🇧	barbados flag_bb	
🇧🇩	bangladesh flag_bd	
🇧🇪	belgium flag_be	
🇧🇫	burkina_faso flag_bf	
🇧🇬	bulgaria flag_bg	
🇧🇭	bahrain flag_bh	
🇧🇮	burundi flag_bi	
🇧🇯	benin flag_bj	
🇧🇱	st_barthelemy flag_bl	barthélemy
🇧🇲	bermuda flag_bm	
🇧🇳	brunei flag_bn	
🇧🇴	bolivia flag_bo	
🇧🇶	caribbean_netherlands flag_bq	
🇧🇷	brazil flag_br	
🇧🇸	bahamas flag_bs	
🇧🇹	bhutan flag_bt	
🇧🇻	bouvet_island flag_bv	
🇧🇼	botswana flag_bw	
🇧🇾	belarus flag_by	
🇧🇿	belize flag_bz	
🇨🇦	canada flag_ca	
🇨🇨	cocos_islands flag_cc	keeling
🇨🇩	congo_kinshasa flag_cd	
🇨🇫	central_african_republic flag_cf	
🇨🇬	congo_brazzaville flag_cg	
🇨🇭	switzerland flag_ch	
🇨🇮	cote_divoire flag_ci	côte d ivoire
🇨🇰	cook_islands flag_ck	
🇨🇱	chile flag_cl	
🇨🇲	cameroon flag_cm	
🇨🇳	cn china flag_cn	
🇨🇴	colombia flag_co	
🇨🇵	clipperton_island flag_cp	
🇨🇶	flag_cq sark	
🇨🇷	costa_rica flag_cr	
🇨🇺	cuba flag_cu	
🇨🇻	cape_verde flag_cv	
🇨🇼	curacao flag_cw	curaçao
🇨🇽	christmas_island flag_cx	
🇨🇾	cyprus flag_cy	
🇨🇿	czech_republic czechia flag_cz	
🇩🇪	de flag_de germany	
🇩🇬	diego_garcia flag_dg	
🇩🇯	djibouti flag_dj	
🇩🇰	denmark flag_dk	
🇩🇲	dominica flag_dm	
🇩🇴	dominican_republic flag_do	
🇩🇿	algeria flag_dz	
🇪🇦	ceuta_melilla flag_ea	
🇪🇨	ecuador flag_ec	
🇪🇪	estonia flag_ee	
🇪🇬	egypt flag_eg	
🇪🇭	western_sahara flag_eh	
🇪🇷	eritrea flag_er	
🇪🇸	es flag_es spain	
🇪🇹	ethiopia flag_et	
🇪🇺	eu european_union flag_eu	
🇫🇮	finland flag_fi	
🇫🇯	fiji flag_fj	
🇫🇰	falkland_islands flag_fk	
🇫🇲	micronesia flag_fm	
🇫🇴	faroe_islands flag_fo	
🇫🇷	fr flag_fr france	
🇬🇦	gabon flag_ga	
🇬🇧	gb uk flag_gb united_kingdom	
🇬🇩	grenada flag_gd	
🇬🇪	georgia flag_ge	
🇬🇫	french_guiana flag_gf	
🇬🇬	guernsey flag_gg	
🇬🇭	ghana flag_gh	
🇬🇮	gibraltar flag_gi	
🇬🇱	greenland flag_gl	
🇬🇲	gambia flag_gm	
🇬🇳	guinea flag_gn	
🇬🇵	guadeloupe flag_gp	
🇬🇶	equatorial_guinea flag_gq	
🇬🇷	greece flag_gr	
🇬🇸	south_georgia_south_sandwich_islands flag_gs	
🇬🇹	guatemala flag_gt	
🇬🇺	guam flag_gu	
🇬🇼	guinea_bissau flag_gw	
🇬🇾	guyana flag_gy	
🇭🇰	hong_kong flag_hk	sar china
🇭🇲	heard_mcdonald_islands flag_hm	
🇭🇳	honduras flag_hn	
🇭🇷	croatia flag_hr	
🇭🇹	haiti flag_ht	
🇭🇺	hungary flag_hu	
🇮🇨	canary_islands flag_ic	
🇮🇩	indonesia flag_id	
🇮🇪	ireland flag_ie	
🇮🇱	israel flag_il	
🇮🇲	isle_of_man flag_im	
🇮🇳	india flag_in	
🇮🇴	british_indian_ocean_territory flag_io	
🇮🇶	iraq flag_iq	
🇮🇷	iran flag_ir	
🇮🇸	iceland flag_is	
🇮🇹	it flag_it italy	
🇯🇪	jersey flag_je	
🇯🇲	jamaica flag_jm	
🇯🇴	jordan flag_jo	
🇯🇵	jp flag_jp japan	
🇰🇪	kenya flag_ke	
🇰🇬	kyrgyzstan flag_kg	
🇰🇭	cambodia flag_kh	
🇰🇮	kiribati flag_ki	
🇰🇲	comoros flag_km	
🇰🇳	st_kitts_nevis flag_kn	
🇰🇵	north_korea flag_kp	
🇰🇷	kr flag_kr south_korea	
🇰🇼	kuwait flag_kw	
🇰🇾	cayman_islands flag_ky	
🇰🇿	kazakhstan flag_kz	
🇱🇦	laos flag_la	
🇱🇧	lebanon flag_lb	
🇱🇨	st_lucia flag_lc	
🇱🇮	liechtenstein flag_li	
🇱🇰	sri_lanka flag_lk	
🇱🇷	liberia flag_lr	
🇱🇸	lesotho flag_ls	
🇱🇹	lithuania flag_lt	
🇱🇺	luxembourg flag_lu	
🇱🇻	latvia flag_lv	
🇱🇾	libya flag_ly	
🇲🇦	morocco flag_ma	
🇲🇨	monaco flag_mc	
🇲🇩	moldova flag_md	
🇲🇪	montenegro flag_me	
🇲🇫	st_martin flag_mf	
🇲🇬	madagascar flag_mg	
🇲🇭	marshall_islands flag_mh	
🇲🇰	macedonia flag_mk	north
🇲🇱	mali flag_ml	
🇲🇲	myanmar burma flag_mm	
🇲🇳	mongolia flag_mn	
🇲🇴	macau flag_mo macao	sar china
🇲🇵	northern_mariana_islands flag_mp	
🇲🇶	martinique flag_mq	
🇲🇷	mauritania flag_mr	
🇲🇸	montserrat flag_ms	
🇲🇹	malta flag_mt	
🇲🇺	mauritius flag_mu	
🇲🇻	maldives flag_mv	
🇲🇼	malawi flag_mw	
🇲🇽	mexico flag_mx	
🇲🇾	malaysia flag_my	
🇲🇿	mozambique flag_mz	
🇳🇦	namibia flag_na	
🇳🇨	new_caledonia flag_nc	
🇳🇪	niger flag_ne	
🇳🇫	norfolk_island flag_nf	
🇳🇬	nigeria flag_ng	
🇳🇮	nicaragua flag_ni	
🇳🇱	netherlands flag_nl	
🇳🇴	norway flag_no	
🇳🇵	nepal flag_np	
🇳🇷	nauru flag_nr	
🇳🇺	niue flag_nu	
🇳🇿	new_zealand flag_nz	
🇴🇲	oman flag_om	
🇵🇦	panama flag_pa	
🇵🇪	peru flag_pe	
🇵🇫	french_polynesia flag_pf	
🇵🇬	papua_new_guinea flag_pg	
🇵🇭	philippines flag_ph	
🇵🇰	pakistan flag_pk	
🇵🇱	poland flag_pl	
🇵🇲	st_pierre_miquelon flag_pm	
🇵🇳	pitcairn_islands flag_pn	
🇵🇷	puerto_rico flag_pr	
🇵🇸	palestinian_territories flag_ps	
🇵🇹	portugal flag_pt	
🇵🇼	palau flag_pw	
🇵🇾	paraguay flag_py	
🇶🇦	qatar flag_qa	
🇷🇪	reunion flag_re	réunion
🇷🇴	romania flag_ro	
🇷🇸	serbia flag_rs	
🇷🇺	ru flag_ru russia	
🇷🇼	rwanda flag_rw	
🇸🇦	saudi_arabia flag_sa	
🇸🇧	solomon_islands flag_sb	
🇸🇨	seychelles flag_sc	
🇸🇩	sudan flag_sd	
🇸🇪	sweden flag_se	
🇸🇬	singapore flag_sg	
🇸🇭	st_helena flag_sh	
🇸🇮	slovenia flag_si	
🇸🇯	svalbard_jan_mayen flag_sj	
🇸🇰	slovakia flag_sk	
🇸🇱	sierra_leone flag_sl	
🇸🇲	san_marino flag_sm	
🇸🇳	senegal flag_sn	
🇸🇴	somalia flag_so	
🇸🇷	suriname flag_sr	
🇸🇸	south_sudan flag_ss	
🇸🇹	sao_tome_principe flag_st	são tomé príncipe
🇸🇻	el_salvador flag_sv	
🇸🇽	sint_maarten flag_sx	
🇸🇾	syria flag_sy	
🇸🇿	swaziland eswatini flag_sz	
🇹🇦	tristan_da_cunha flag_ta	
🇹🇨	turks_caicos_islands flag_tc	
🇹🇩	chad flag_td	
🇹🇫	french_southern_territories flag_tf	
🇹🇬	togo flag_tg	
🇹🇭	thailand flag_th	
🇹🇯	tajikistan flag_tj	
🇹🇰	tokelau flag_tk	
🇹🇱	timor_leste flag_tl	
🇹🇲	turkmenistan flag_tm	
🇹🇳	tunisia flag_tn	
🇹🇴	tonga flag_to	
🇹🇷	tr flag_tr turkey_tr	türkiye
🇹🇹	trinidad_tobago flag_tt	
🇹🇻	tuvalu flag_tv	
🇹🇼	taiwan flag_tw	
🇹🇿	tanzania flag_tz	
🇺🇦	ukraine flag_ua	
🇺🇬	uganda flag_ug	
🇺🇲	us_outlying_islands flag_um	u s
🇺🇳	united_nations flag_un un	
🇺🇸	us flag_us united_states usa	
🇺🇾	uruguay flag_uy	
🇺🇿	uzbekistan flag_uz	
🇻🇦	vatican_city flag_va	
🇻🇨	st_vincent_grenadines flag_vc	
🇻🇪	venezuela flag_ve	
🇻🇬	british_virgin_islands flag_vg	
🇻🇮	us_virgin_islands flag_vi	u s
🇻🇳	vietnam flag_vn	
🇻🇺	vanuatu flag_vu	
🇼🇫	wallis_futuna flag_wf	
🇼🇸	samoa flag_ws	
🇽🇰	kosovo flag_xk	
🇾🇪	yemen flag_ye	
🇾🇹	mayotte flag_yt	
🇿🇦	south_africa flag_za	
🇿🇲	zambia flag_zm	
🇿🇼	zimbabwe flag_zw	
🏴󠁧󠁢󠁥󠁮󠁧󠁿	england flag_gbeng	
🏴󠁧󠁢󠁳󠁣󠁴󠁿	scotland flag_gbsct	
🏴󠁧󠁢󠁷󠁬󠁳󠁿	wales flag_gbwls	`],
];
